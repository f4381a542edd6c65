import { createIppClient } from '../agent/devices/ipp/ipp.ts'

/** Watches over jobs that were made and wait for their document. */
export interface DocumentWait {
  /** A line of the printer's log. */
  hear(line: string): void
  /** The printer has been restarted or has ended. */
  reset(): void
}

/**
 * Cancels a job whose document does not come in time, because its sender is gone: until then a printer that takes one
 * job at a time takes no other. `ippeveprinter` itself would wait for ever (RFC 8011 5.4.31, multiple-operation-time-out).
 */
export const createDocumentWait = (uri: () => string, patienceMs: number): DocumentWait => {
  // Job ids count the jobs that were made since the printer's start.
  let made = 0
  let timer: NodeJS.Timeout | undefined
  const giveUp = (id: number): void => {
    createIppClient(uri())
      .cancelJob(id, AbortSignal.timeout(5000))
      .catch(() => undefined)
  }
  return {
    hear(line) {
      const [, operation] = / (Create-Job|Print-Job|Send-Document|Cancel-Job) successful-ok$/.exec(line) ?? []
      if (operation === undefined) return
      clearTimeout(timer)
      if (operation === 'Create-Job' || operation === 'Print-Job') made++
      if (operation === 'Create-Job') timer = setTimeout(giveUp, patienceMs, made).unref()
    },
    reset() {
      clearTimeout(timer)
      made = 0
    },
  }
}
