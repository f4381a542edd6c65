import { readdir, readFile } from 'node:fs/promises'

/** One process of this machine; `born` tells it from a later one with the same id. */
export interface Running {
  readonly pid: number
  readonly parent: number
  readonly born: string
  readonly command: string
}

const text = (path: string): Promise<string> => readFile(path, 'latin1').catch(() => '')

/** What runs under this id; nothing when it has ended, also when its parent has not asked for its status. */
const running = async (pid: number): Promise<Running | undefined> => {
  const [stat, command] = await Promise.all([text(`/proc/${pid}/stat`), text(`/proc/${pid}/cmdline`)])
  // proc(5): the name in parentheses may hold anything; then state, parent, and as the 22nd field the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (stat === '' || fields[0] === 'Z' || fields[0] === 'X') return undefined
  return {
    ...{ pid, parent: Number(fields[1]), born: fields[19] ?? '' },
    command: command.replaceAll('\0', ' ').trim(),
  }
}

/** Every process that was started by this one, or by one of those. */
export const descendantsOf = async (pid: number): Promise<readonly Running[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name)).map(Number)
  const all = (await Promise.all(pids.map(running))).filter((one) => one !== undefined)
  const below = (parent: number): readonly Running[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)])
  return below(pid)
}

/** Those that still run. */
export const stillRunning = async (processes: readonly Running[]): Promise<readonly Running[]> => {
  const now = await Promise.all(processes.map(({ pid }) => running(pid)))
  return processes.filter(({ born }, index) => now[index]?.born === born)
}
