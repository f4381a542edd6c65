import { join } from 'node:path'
import { numbersOf, procText, type Reader } from './reader.ts'

interface Ticks {
  readonly busy: number
  readonly all: number
}

/** The first line of `stat`: user, nice, system, idle, iowait, irq, softirq, steal in ticks (proc(5)). */
const ticksOf = (stat: string): Ticks | undefined => {
  const numbers = (/^cpu\s+(.+)$/m.exec(stat)?.[1] ?? '').split(/\s+/).slice(0, 8).map(Number)
  if (numbers.length < 4 || numbers.some(Number.isNaN)) return undefined
  const all = numbers.reduce((sum, number) => sum + number, 0)
  return { all, busy: all - (numbers[3] ?? 0) - (numbers[4] ?? 0) }
}

const kilobytes = (meminfo: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1])

/** Processor, memory and uptime; the share of the processor is that since the reading before. */
export const machineReader = (proc: string): Reader => {
  let before: Ticks | undefined
  const share = (now: Ticks | undefined): number | undefined => {
    const last = before
    before = now
    return last && now && now.all > last.all && now.busy >= last.busy
      ? (now.busy - last.busy) / (now.all - last.all)
      : undefined
  }
  return {
    name: 'machine',
    async read() {
      const [stat = '', meminfo = '', uptime = ''] = ['stat', 'meminfo', 'uptime'].map((name) =>
        procText(join(proc, name)),
      )
      const total = kilobytes(meminfo, 'MemTotal')
      return numbersOf({
        cpu: share(ticksOf(stat)),
        memory: 1 - kilobytes(meminfo, 'MemAvailable') / total,
        uptime: Number.parseFloat(uptime),
      })
    },
  }
}
