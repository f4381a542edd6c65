import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { PageFormat, ScanDriver, ScanJob } from '../../agent/capabilities/scanner/driver.ts'
import { CommandError, type ErrorCode } from '../../protocol/errors.ts'

/** A page that was scanned to its end. */
export interface ReadPage {
  readonly format: PageFormat
  readonly pixels: Buffer
}

/** What came of a scan: the pages that were read to their end, and what was thrown after them. */
export interface ReadScan {
  readonly pages: readonly ReadPage[]
  readonly error: unknown
}

/** Scans and keeps every pixel. */
export const readScan = async (
  driver: ScanDriver,
  job: ScanJob,
  signal = new AbortController().signal,
): Promise<ReadScan> => {
  const pages: ReadPage[] = []
  try {
    for await (const { format, rows } of driver.scan(job, signal)) {
      const pieces: Uint8Array[] = []
      for await (const piece of rows) pieces.push(piece)
      pages.push({ format, pixels: Buffer.concat(pieces) })
    }
    return { pages, error: undefined }
  } catch (error) {
    return { pages, error }
  }
}

/** The code of a command's error; `undefined` for anything else. */
export const codeOf = (error: unknown): ErrorCode | undefined =>
  error instanceof CommandError ? error.code : undefined

/** The processes that this one started, by their id. */
export const children = async (): Promise<number[]> => {
  const text = await readFile(`/proc/self/task/${process.pid}/children`, 'latin1')
  return text.split(' ').filter(Boolean).map(Number)
}

/** Fails when this process has a child. */
export const assertNoChild = async (): Promise<void> => {
  assert.equal(await children(), [], 'a process is left')
}

/** Lets scan processes share what V8 compiled in a folder, but not where it counts: from its cache it counts badly. */
export const compileCache = (dir: string): { readonly compileCacheDir?: string } =>
  process.env.NODE_V8_COVERAGE ? {} : { compileCacheDir: join(dir, 'cache') }
