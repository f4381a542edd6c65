import { readFileSync } from 'node:fs'

/** What one process costs now, as Linux counts it (proc(5)). */
export interface ProcessCost {
  /** Resident memory, in megabytes. */
  readonly rssMb: number
  /** Processor time used so far, in seconds, its own and the kernel's for it. */
  readonly cpuSeconds: number
}

const ticksPerSecond = 100

/** Reads the cost of one process; children count for themselves. */
export const processCost = (pid: number): ProcessCost => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const rssKb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
  // The second field may hold spaces and ends at the last ')'; utime and stime are fields 14 and 15.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { rssMb: rssKb / 1024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond }
}
