import type { Logger } from 'pino'
import type { CapabilityName } from '../../protocol/commands.ts'
import type { CapabilityReport, ProfileMessage } from '../../protocol/messages.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { Capability } from '../capability.ts'
import type { Capabilities } from '../commands/run.ts'
import type { Line, Unstamped } from '../link/line.ts'
import type { Outbox } from '../link/outbox.ts'
import { pause } from '../pause.ts'
import type { Probe } from './camera.ts'

/** What the terminal is and can do, as the fleet was told last. */
export interface Profile {
  /** Looks at every capability, and again from time to time, until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>
  /** Something may have changed: look soon. */
  look(): void
  /** Work begins or ends: how often to look may have changed. */
  wake(): void
  /** Sends what is known; for a line that came up. */
  send(): void
  reports(): Readonly<Record<string, CapabilityReport>>
  /**
   * Since when it goes round without standing still, on the monotonic clock: it goes round once a minute at least, and a
   * look that does not end holds it.
   */
  readonly lastRound: number
}

/** What a report can be about: capabilities that answer commands, and what is only looked at. */
export type ReportName = keyof ProfileMessage['capabilities']

type Static = Pick<Unstamped<'profile'>, 'village' | 'profiles' | 'versions'>

/** A printer says of itself what changes within minutes; a scanner's word costs a child process. */
const everyMs: Readonly<Record<ReportName, number>> = {
  printer: 60_000,
  scanner: 600_000,
  copier: 600_000,
  terminal: 600_000,
  camera: 5000,
  screen: 5000,
}
/** Of a device that is at work, and so awake, a fault is known within ten seconds. */
const inUseMs = 5000
const reportMs = 30_000
/** What others say is not held back for longer by one that takes its time. */
const patienceMs = 2000

/** The profile of one terminal. */
export const createProfile = (parts: {
  readonly capabilities: Capabilities
  /** Looks at what answers no command. */
  readonly probes?: Readonly<Partial<Record<Exclude<ReportName, CapabilityName>, Probe>>>
  /** Whether a capability is at work. */
  readonly inUse?: (name: ReportName) => boolean
  /** Asked anew each time: a terminal learns its village only when it is enrolled. */
  readonly about: () => Static
  readonly line: Line
  readonly outbox: Outbox
  readonly now: () => number
  readonly logger: Logger
}): Profile => {
  const { capabilities, probes = {}, inUse = () => false, about, line, outbox, now, logger } = parts
  const reports: Partial<Record<ReportName, CapabilityReport>> = {}
  const looks: readonly (readonly [ReportName, Probe])[] = [
    ...(Object.values(capabilities) as Capability[]).map(
      (capability) => [capability.name, (signal: AbortSignal) => capability.report(signal)] as const,
    ),
    ...(Object.entries(probes) as [ReportName, Probe][]),
  ]
  const looked = new Map<ReportName, number>()
  /** Since when a capability is at work. */
  const usedSince = new Map<ReportName, number>()
  /** Looks that have not ended, by when they began. */
  const running = new Map<ReportName, { readonly since: number; readonly over: Promise<void> }>()
  let told = ''
  let lastRound = performance.now()
  let news = Promise.withResolvers<void>()

  const send = () => {
    const body: Unstamped<'profile'> = { ...about(), capabilities: { ...reports } }
    const text = JSON.stringify(body)
    if (!line.isUp || Object.keys(reports).length === 0) return
    told = text
    line.send('profile', body).catch((error: unknown) => {
      told = ''
      logger.debug({ error }, 'the profile was not sent')
    })
  }
  const tell = (name: ReportName, before: CapabilityReport | undefined, after: CapabilityReport) => {
    if (before?.ok === after.ok || (before === undefined && (after.ok || !after.present))) return
    const type = after.ok ? 'device-recovered' : 'device-fault'
    const detail = after.detail?.slice(0, 200)
    outbox.put('event', {
      id: uuidv7(),
      type,
      at: now(),
      data: { capability: name, ...(detail ? { detail } : {}) },
    })
  }
  const wake = () => {
    news.resolve()
    news = Promise.withResolvers()
  }
  const dueAt = (name: ReportName) => {
    const before = looked.get(name) ?? Number.NEGATIVE_INFINITY
    if (!inUse(name)) usedSince.delete(name)
    else if (!usedSince.has(name)) usedSince.set(name, performance.now())
    const used = usedSince.get(name)
    // What is not there is missed by nobody: a camera may be plugged in at any time, and that is all.
    const usual = before + (reports[name] ? everyMs[name] : Math.max(everyMs[name], everyMs.printer))
    return used === undefined ? usual : Math.min(usual, Math.max(before, used) + inUseMs)
  }
  const lookAt = async (name: ReportName, look: Probe, signal: AbortSignal) => {
    const report = await look(AbortSignal.any([signal, AbortSignal.timeout(reportMs)]))
    if (signal.aborted || !report) return
    tell(name, reports[name], report)
    reports[name] = report
  }
  const idle = () => looks.filter(([name]) => !running.has(name))
  const lookAtDue = (signal: AbortSignal) => {
    const since = performance.now()
    for (const [name, look] of idle()) {
      if (dueAt(name) > since) continue
      looked.set(name, since)
      const over = lookAt(name, look, signal)
        .catch((error: unknown) => {
          logger.error({ error, capability: name }, 'a capability could not report')
        })
        .finally(() => {
          running.delete(name)
          if (running.size === 0) wake()
        })
      running.set(name, { since, over })
    }
  }
  return {
    async run(signal) {
      while (!signal.aborted) {
        lookAtDue(signal)
        if (running.size > 0) await pause(news.promise, patienceMs, signal)
        if (JSON.stringify({ ...about(), capabilities: reports }) !== told) send()
        lastRound = performance.now()
        const next = Math.min(lastRound + everyMs.printer, ...idle().map(([name]) => dueAt(name)))
        await pause(news.promise, Math.max(1000, next - performance.now()), signal)
      }
      await Promise.all([...running.values()].map(({ over }) => over))
    },
    look() {
      looked.clear()
      wake()
    },
    wake,
    send,
    reports: () => reports,
    get lastRound() {
      return Math.min(lastRound, ...[...running.values()].map(({ since }) => since))
    },
  }
}
