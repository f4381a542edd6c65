import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Static, Type } from 'typebox'
import { Parse } from 'typebox/value'
import { type ChildLimits, runLimited } from '../../../documents/limited-child.ts'
import { readSheetMark, type SheetData, type SheetMark } from '../../../protocol/setup.ts'
import { SetupFault } from '../fault.ts'
import { drawSheet } from './sheet.ts'

/** Draws acceptance sheets and reads them again. */
export interface SheetDesk {
  /** Draws the sheet as PDF, lends its file to `use` and wipes it. */
  draw<T>(data: SheetData, nonce: string, use: (file: string) => Promise<T>, signal: AbortSignal): Promise<T>
  /** The marks that can be read on a page, a JPEG, and by how many degrees it lies turned. */
  read(jpeg: Uint8Array, signal: AbortSignal): Promise<ReadSheet>
}

/** What was read on a page. */
export interface ReadSheet {
  readonly marks: readonly SheetMark[]
  readonly turned: number
}

// RLIMIT_AS counts what V8 only reserves. A page of 300 dpi takes 120 MB and a second.
const limits: ChildLimits = {
  memoryMiB: 16_384,
  cpuSeconds: 60,
  timeoutMs: 90_000,
  outputBytes: 64 * 1024,
}

// With it, WebAssembly reserves more than 8 GiB of addresses to catch a wrong one without a check.
const flags = ['--disable-wasm-trap-handler']

const Found = Type.Array(
  Type.Object(
    { text: Type.String({ maxLength: 300 }), turned: Type.Integer() },
    { additionalProperties: false },
  ),
  { maxItems: 8 },
)

/** A desk that works in a private folder; `program` is `child.ts`, or what became of it in a bundle. */
export const createSheetDesk = (folder: string, program?: string): SheetDesk => {
  const entry = program ?? fileURLToPath(new URL('./child.ts', import.meta.url))
  const run = async (argv: readonly string[], signal: AbortSignal): Promise<Buffer> => {
    const { status, limit, output, errors } = await runLimited(
      process.execPath,
      [...flags, entry, ...argv],
      limits,
      signal,
    )
    if (status !== 0) throw new SetupFault('internal', `${argv[0]}: ${limit ?? errors.slice(-200)}`)
    return output
  }
  const withFolder = async <T>(use: (inside: (name: string) => string) => Promise<T>): Promise<T> => {
    const own = await mkdtemp(join(folder, 'sheet-'))
    try {
      return await use((name) => join(own, name))
    } finally {
      await rm(own, { recursive: true, force: true })
    }
  }
  return {
    draw: (data, nonce, use, signal) =>
      withFolder(async (inside) => {
        await writeFile(inside('sheet.svg'), drawSheet(data, nonce), { mode: 0o600 })
        await run(['draw', inside('sheet.svg'), inside('sheet.pdf')], signal)
        return use(inside('sheet.pdf'))
      }),
    read: (jpeg, signal) =>
      withFolder(async (inside) => {
        await writeFile(inside('page.jpg'), jpeg, { mode: 0o600 })
        const output = await run(['read', inside('page.jpg')], signal)
        const found: Static<typeof Found> = Parse(Found, JSON.parse(output.toString('utf8')))
        const marks = found.flatMap(({ text }) => readSheetMark(text) ?? [])
        const own = found.find(({ text }) => readSheetMark(text) !== undefined)
        return { marks, turned: own?.turned ?? 0 }
      }),
  }
}
