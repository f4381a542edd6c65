import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { MetricName } from '../../../protocol/vitals.ts'

/** What was measured at one time; what could not be measured is left out. */
export type Values = Readonly<Partial<Record<MetricName, number>>>

/** One source of metrics. */
export interface Reader {
  readonly name: string
  /** Measures now. May throw or hang: then its metrics are left out. */
  read(signal: AbortSignal): Promise<Values>
  /** Gives back what it holds. */
  stop?(): void
}

/** Where the kernel shows itself (proc(5), sysfs(5)). */
export interface KernelFolders {
  readonly proc: string
  readonly sys: string
}

/** The kernel of this machine. */
export const thisKernel: KernelFolders = { proc: '/proc', sys: '/sys' }

/** The most that is taken of one file of the kernel, in characters. */
const maxText = 256 * 1024

/** A text that the kernel has in its memory (`/proc`): read at once, no thread is woken for it; empty where there is none. */
export const procText = (file: string): string => {
  try {
    return readFileSync(file, 'latin1').slice(0, maxText)
  } catch {
    return ''
  }
}

/** A text of the kernel for which it may have to ask a device (`/sys`); empty where there is none. */
export const kernelText = async (file: string, signal?: AbortSignal): Promise<string> => {
  try {
    return (await readFile(file, { encoding: 'latin1', ...(signal ? { signal } : {}) })).slice(0, maxText)
  } catch {
    return ''
  }
}

/** These metrics without those that are no number. */
export const numbersOf = (values: Readonly<Partial<Record<MetricName, number | undefined>>>): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value))) as Values
