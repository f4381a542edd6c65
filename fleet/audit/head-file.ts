import { appendFile } from 'node:fs/promises'
import { Check } from 'typebox/value'
import { canonical } from '../../protocol/canonical.ts'
import { readIfThere, writeWhole } from '../../vault/durable-file.ts'
import { AuditHead } from '../api/audit-schemas.ts'

/** So many heads the file holds at most, about 1 MB. */
const mostHeads = 4096

const lineOf = (head: AuditHead): string => `${canonical(head)}\n`

/** The head in a line; `undefined` when it is none. */
export const headOf = (line: string): AuditHead | undefined => {
  try {
    const head: unknown = JSON.parse(line)
    return Check(AuditHead, head) && canonical(head) === line ? head : undefined
  } catch {
    return undefined
  }
}

/**
 * The signed heads beside the database, the newest last: whoever cuts the table back has this file to reckon with. When
 * it is full every second head goes, so that it stays small and still reaches back.
 */
export class HeadFile {
  readonly #path: string
  readonly #most: number
  #lines = 0

  constructor(path: string, most = mostHeads) {
    this.#path = path
    this.#most = most
  }

  /** Takes up the file; a last line that a power cut has torn goes. */
  async start(): Promise<void> {
    const text = (await readIfThere(this.#path)) ?? ''
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    if (whole !== text) await writeWhole(this.#path, whole)
    this.#lines = whole.split('\n').length - 1
  }

  async append(head: AuditHead): Promise<void> {
    await appendFile(this.#path, lineOf(head), { mode: 0o600 })
    this.#lines += 1
    if (this.#lines <= this.#most) return
    const lines = (await this.#read())
      .reverse()
      .filter((_, place) => place % 2 === 0)
      .reverse()
    await writeWhole(this.#path, lines.map((line) => `${line}\n`).join(''))
    this.#lines = lines.length
  }

  /** Every line: a head, or `undefined` for one that is none. */
  async heads(): Promise<(AuditHead | undefined)[]> {
    return (await this.#read()).map(headOf)
  }

  async #read(): Promise<string[]> {
    const text = (await readIfThere(this.#path)) ?? ''
    return text === '' ? [] : text.replace(/\n$/, '').split('\n')
  }
}
