import { setTimeout as pause } from 'node:timers/promises'
import type { ScannerDescription, ScanSourceLimits } from '../../../protocol/capabilities/scanner.ts'
import { CommandError, type ErrorCode } from '../../../protocol/errors.ts'
import type { PageFormat, PageScan, ScanDriver, ScanJob } from './driver.ts'

/** A failure that the fake shall show once it is reached. */
export interface FakeScannerFault {
  readonly code: ErrorCode
  /** Pages that come whole before it; 0 unless told. */
  readonly afterPages?: number
  /** Rows of the failing page that come before it; the page does not even begin unless told. */
  readonly afterRows?: number
}

export interface FakeScannerOptions {
  /** Sheets in the feeder; 0 unless told. A scan takes them all. */
  readonly feederPages?: number
  readonly fault?: FakeScannerFault
  /** How long a page takes, in milliseconds; at once unless told. */
  readonly pageMs?: number
  readonly sources?: readonly ScanSourceLimits[]
}

const a4 = { dpi: [75, 150, 300], modes: ['colour', 'grey', 'blackwhite'] as const, width: 210, height: 297 }
const bandRows = 64
const channelsOf = { colour: 3, grey: 1, blackwhite: 1 } as const

/**
 * A scanner in memory, for tests and for simulated fleets: every page is one grey ramp, and all its bands are the same
 * bytes, so that a page costs next to nothing.
 */
export class FakeScanDriver implements ScanDriver {
  /** May be changed between two scans. */
  feederPages: number
  /** May be changed between two scans. */
  fault: FakeScannerFault | undefined
  readonly #pageMs: number
  readonly #description: ScannerDescription
  #scanning = false

  constructor(options: FakeScannerOptions = {}) {
    this.feederPages = options.feederPages ?? 0
    this.fault = options.fault
    this.#pageMs = options.pageMs ?? 0
    const sources = options.sources ?? [
      { source: 'flatbed', ...a4, modes: [...a4.modes] },
      { source: 'feeder', ...a4, modes: [...a4.modes] },
    ]
    this.#description = { vendor: 'Avyl', model: 'Fake scanner', driver: 'fake', sources: [...sources] }
  }

  async describe(signal: AbortSignal): Promise<ScannerDescription> {
    signal.throwIfAborted()
    if (this.fault?.code === 'device-absent') throw new CommandError('device-absent', 'No scanner answers')
    return this.#description
  }

  async *scan(job: ScanJob, signal: AbortSignal): AsyncGenerator<PageScan, void, undefined> {
    signal.throwIfAborted()
    const format = this.#formatOf(job)
    if (this.#scanning) throw new CommandError('busy', 'The scanner is in use')
    this.#scanning = true
    try {
      const pages = job.source === 'flatbed' ? 1 : this.feederPages
      for (let page = 0; page < pages; page += 1) {
        const fault = page === (this.fault?.afterPages ?? 0) ? this.fault : undefined
        if (fault !== undefined && fault.afterRows === undefined) throw faultOf(fault)
        if (job.source === 'feeder') this.feederPages -= 1
        let complete = false
        const rows = this.#rows(format, fault, signal, () => {
          complete = true
        })
        yield { format, rows }
        signal.throwIfAborted()
        if (!complete) throw new CommandError('truncated', 'A page was left before its last row')
      }
      if (pages === 0) throw new CommandError('no-document', 'The feeder is empty')
      if (this.fault?.afterPages === pages) throw faultOf(this.fault)
    } finally {
      this.#scanning = false
    }
  }

  #formatOf({ source, dpi, mode, area }: ScanJob): PageFormat & { readonly height: number } {
    const limits = this.#description.sources.find((one) => one.source === source)
    const width = area?.width ?? limits?.width ?? 0
    const height = area?.height ?? limits?.height ?? 0
    const fits =
      limits?.dpi.includes(dpi) === true &&
      limits.modes.includes(mode) &&
      (area?.x ?? 0) + width <= limits.width &&
      (area?.y ?? 0) + height <= limits.height
    if (!fits) throw new CommandError('unsupported', 'The scanner lacks what was asked for')
    return {
      width: Math.max(1, Math.round((width / 25.4) * dpi)),
      height: Math.max(1, Math.round((height / 25.4) * dpi)),
      channels: channelsOf[mode],
      bits: mode === 'blackwhite' ? 1 : 8,
      dpi,
    }
  }

  async *#rows(
    { width, height, channels, bits }: PageFormat & { readonly height: number },
    fault: FakeScannerFault | undefined,
    signal: AbortSignal,
    completed: () => void,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const rowBytes = Math.ceil((width * channels * bits) / 8)
    const band = bandOf(rowBytes)
    for (let row = 0; row < height; row += bandRows) {
      if (fault?.afterRows !== undefined && row >= fault.afterRows) throw faultOf(fault)
      if (this.#pageMs > 0) await this.#pause((this.#pageMs * bandRows) / height, signal)
      signal.throwIfAborted()
      yield band.subarray(0, Math.min(bandRows, height - row) * rowBytes)
    }
    completed()
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    await pause(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

const faultOf = ({ code }: FakeScannerFault): CommandError => new CommandError(code, 'A fault on demand')

const bandOf = (rowBytes: number): Uint8Array => {
  const band = new Uint8Array(bandRows * rowBytes)
  for (let index = 0; index < band.length; index += 1) band[index] = ((index % rowBytes) * 255) / rowBytes
  return band
}
