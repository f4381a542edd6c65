import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Check } from 'typebox/value'
import { writeDrawnPdf } from '../../../documents/drawn-pdf.ts'
import { ClaimFile, claimFileName } from '../../../protocol/claim-file.ts'
import { drawLabel, drawLabelSheets, type Label, labelSize } from './label.ts'

/** The name of the label in a bundle. */
const labelName = 'label.pdf'

/** What is read of a bundle that was written before; `undefined` where there is none that can be read. */
export const readBundle = async (folder: string, device: string): Promise<ClaimFile | undefined> => {
  const text = await readFile(join(folder, device, claimFileName), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return Check(ClaimFile, value) && value.device === device ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * Writes a bundle: the claim file first, flushed, since its code can be had nowhere else, then its label. Only their
 * owner can read them.
 */
export const writeBundle = async (folder: string, claim: ClaimFile, label: Label): Promise<void> => {
  const own = join(folder, claim.device)
  await mkdir(own, { recursive: true, mode: 0o700 })
  const part = join(own, `${claimFileName}.part`)
  const file = await open(part, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(claim, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, join(own, claimFileName))
  await writeDrawnPdf([drawLabel(label)], join(own, labelName), labelSize)
}

/** Takes away the label of a bundle, where it has one. */
export const dropLabel = (folder: string, device: string): Promise<void> =>
  rm(join(folder, device, labelName), { force: true })

/** Writes a PDF with all these labels, never over an earlier one; gives its name. */
export const writeLabelSheets = async (folder: string, labels: readonly Label[]): Promise<string> => {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? 'labels.pdf' : `labels-${number}.pdf`
    const path = join(folder, name)
    if (
      await access(path)
        .then(() => true)
        .catch(() => false)
    )
      continue
    await writeDrawnPdf(drawLabelSheets(labels), path)
    return name
  }
}
