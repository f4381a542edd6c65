import { statfs } from 'node:fs/promises'
import type { Database } from '../store/database.ts'

/** Rejects, throws or gives `false` when the part is not ready. */
export type Check = () => unknown

/** Asked more often, readiness answers what it found last, in milliseconds: anybody may ask. */
const heldMs = 2000
const patienceMs = 5000

const passes = async (check: Check): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs).unref()
  })
  const found = (async () => (await check()) !== false)().catch(() => false)
  return Promise.race([found, late]).finally(() => clearTimeout(timer))
}

/** Gives the names of the parts that are not ready; `monotonic` in milliseconds. */
export const createReadiness = (
  checks: Readonly<Record<string, Check>>,
  monotonic: () => number = () => performance.now(),
): (() => Promise<readonly string[]>) => {
  let asked = Number.NEGATIVE_INFINITY
  let answer: Promise<readonly string[]> = Promise.resolve([])
  const ask = async () => {
    const names = Object.keys(checks)
    const ready = await Promise.all(Object.values(checks).map(passes))
    return names.filter((_, place) => !ready[place])
  }
  return () => {
    if (monotonic() - asked < heldMs) return answer
    asked = monotonic()
    answer = ask()
    return answer
  }
}

/** Whether the store takes writes: one that changes nothing. */
export const storeTakesWrites =
  (database: Database): Check =>
  () =>
    database.updateTable('audit_keys').set({ list: '' }).where('key', '=', '').execute()

/** What commands and the audit need to go on, in bytes. */
const leastFree = 64 * 1024 * 1024

/** Whether the disk of this folder has room. */
export const diskHasRoom =
  (folder: string): Check =>
  async () => {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize >= leastFree
  }
