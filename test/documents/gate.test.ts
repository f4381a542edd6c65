import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DocumentError, type DocumentErrorKind } from '../../documents/document-error.ts'
import { checkPdf, defaultPdfLimits, type PdfLimits } from '../../documents/gate.ts'
import { bombOf, loopOf, pagesOf } from '../support/hostile-pdf.ts'

const folder = mkdtempSync(join(tmpdir(), 'avyl-gate-'))
const never = new AbortController().signal

const fileOf = (name: string, bytes: Buffer): string => {
  const file = join(folder, `${name}.pdf`)
  writeFileSync(file, bytes)
  return file
}

const encrypt = (name: string, userPassword: string): string => {
  const plain = fileOf(`${name}-plain`, pagesOf([595, 842]))
  const file = join(folder, `${name}.pdf`)
  execFileSync('qpdf', ['--encrypt', userPassword, 'owner', '256', '--', plain, file])
  return file
}

const refuses = async (
  file: string,
  kinds: readonly DocumentErrorKind[],
  limits: Partial<PdfLimits> = {},
) => {
  try {
    await checkPdf(file, { ...defaultPdfLimits, ...limits }, never)
  } catch (thrown) {
    assert.instance(thrown, DocumentError)
    const { kind, message } = thrown as DocumentError
    assert.ok(kinds.includes(kind), `${kind}: ${message}`)
    assert.not.match(message, folder)
    return
  }
  assert.unreachable('the file passed')
}

const gate = suite('the gate for PDFs from outside')

gate.after(() => rmSync(folder, { recursive: true }))

gate('lets sound pages through and tells their number and sizes', async () => {
  const file = fileOf('sound', pagesOf([595, 842], [842, 595], [841.9, 1190.6]))
  const { pages, sizes } = await checkPdf(file, defaultPdfLimits, never)
  assert.is(pages, 3)
  assert.equal(
    sizes.map(({ width, height }) => [width, height]),
    [
      [595, 842],
      [842, 595],
      [841.9, 1190.6],
    ],
  )
})

gate('refuses what is encrypted, with and without a password to open it', async () => {
  await refuses(encrypt('locked', 'secret'), ['encrypted'])
  await refuses(encrypt('restricted', ''), ['encrypted'])
})

gate('refuses a deflate bomb of under a thousand bytes', async () => {
  const bomb = bombOf(256)
  assert.ok(bomb.length < 1100, `${bomb.length} bytes`)
  await refuses(fileOf('bomb', bomb), ['bomb'])
})

gate('refuses streams that together unpack to more than pages need', async () => {
  const file = fileOf('swollen', bombOf(16))
  assert.is((await checkPdf(file, defaultPdfLimits, never)).pages, 1)
  await refuses(file, ['bomb'], { bytes: 1024 * 1024, unpackedPerPage: 1024 * 1024 })
})

gate('refuses a page tree that holds itself', async () => {
  await refuses(fileOf('loop', loopOf(1_000_000)), ['damaged', 'too-many-pages'])
  await refuses(fileOf('small-loop', loopOf(1)), ['damaged'])
})

gate('refuses a page of 14400 points, and one a little over A3', async () => {
  await refuses(fileOf('huge', pagesOf([14400, 14400])), ['page-too-large'])
  await refuses(fileOf('over', pagesOf([595, 842], [860, 1191])), ['page-too-large'])
})

gate('refuses a file that is cut short, empty, or no PDF at all', async () => {
  const whole = pagesOf([595, 842])
  await refuses(fileOf('cut', whole.subarray(0, whole.length - 40)), ['damaged'])
  await refuses(fileOf('empty', Buffer.alloc(0)), ['damaged'])
  await refuses(fileOf('text', Buffer.from('%PDF-1.4 is not enough %%EOF')), ['damaged'])
  await refuses(fileOf('noise', Buffer.alloc(5000, 0xa5)), ['damaged'])
})

gate('refuses more pages and more bytes than the limits', async () => {
  const file = fileOf('many', pagesOf([595, 842], [595, 842], [595, 842]))
  await refuses(file, ['too-many-pages'], { pages: 2 })
  await refuses(file, ['too-large'], { bytes: 100 })
})

gate('ends a reader that takes too long', async () => {
  const tool = { ...defaultPdfLimits.tool, timeoutMs: 1 }
  await refuses(fileOf('slow', pagesOf([595, 842])), ['bomb'], { tool })
})

gate('stops when it is told to', async () => {
  const reason = new Error('stopped')
  const file = fileOf('stopped', bombOf(200))
  const aborter = new AbortController()
  const checked = checkPdf(file, defaultPdfLimits, aborter.signal)
  aborter.abort(reason)
  try {
    await checked
    assert.unreachable()
  } catch (thrown) {
    assert.is(thrown, reason)
  }
})

gate.run()
