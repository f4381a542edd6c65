import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { CapabilityName } from '../../protocol/commands.ts'
import type { CapabilityReport } from '../../protocol/messages.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { Capability } from '../capability.ts'
import type { Capabilities } from '../commands/run.ts'
import type { Line, Unstamped } from '../link/line.ts'
import type { Outbox } from '../link/outbox.ts'

/** What the terminal is and can do, as the fleet was told last. */
export interface Profile {
  /** Looks at every capability, and again from time to time, until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>
  /** Something may have changed: look soon. */
  look(): void
  /** Sends what is known; for a line that came up. */
  send(): void
  reports(): Readonly<Record<string, CapabilityReport>>
  /** When it last went round, on the monotonic clock: once a minute at least. */
  readonly lastRound: number
}

type Static = Pick<Unstamped<'profile'>, 'village' | 'profiles' | 'versions'>

/** A printer says of itself what changes within minutes; a scanner's word costs a child process. */
const everyMs: Readonly<Record<CapabilityName, number>> = {
  printer: 60_000,
  scanner: 600_000,
  copier: 600_000,
  terminal: 600_000,
}
const reportMs = 30_000

/** The profile of one terminal. */
export const createProfile = (parts: {
  readonly capabilities: Capabilities
  /** Asked anew each time: a terminal learns its village only when it is enrolled. */
  readonly about: () => Static
  readonly line: Line
  readonly outbox: Outbox
  readonly now: () => number
  readonly logger: Logger
}): Profile => {
  const { capabilities, about, line, outbox, now, logger } = parts
  const reports: Partial<Record<CapabilityName, CapabilityReport>> = {}
  const due = new Map<CapabilityName, number>()
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
  const tell = (name: CapabilityName, before: CapabilityReport | undefined, after: CapabilityReport) => {
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
  const lookAt = async (capability: Capability, signal: AbortSignal) => {
    const { name } = capability
    due.set(name, performance.now() + everyMs[name])
    const report = await capability.report(AbortSignal.any([signal, AbortSignal.timeout(reportMs)]))
    if (signal.aborted) return
    tell(name, reports[name], report)
    reports[name] = report
  }
  const lookAtDue = async (signal: AbortSignal) => {
    const all = Object.values(capabilities) as Capability[]
    const waiting = all.filter(({ name }) => (due.get(name) ?? 0) <= performance.now())
    await Promise.all(
      waiting.map((capability) =>
        lookAt(capability, signal).catch((error: unknown) => {
          logger.error({ error, capability: capability.name }, 'a capability could not report')
        }),
      ),
    )
    if (JSON.stringify({ ...about(), capabilities: reports }) !== told) send()
  }
  return {
    async run(signal) {
      while (!signal.aborted) {
        await lookAtDue(signal)
        lastRound = performance.now()
        const heard = news.promise
        const over = new AbortController()
        const ends = AbortSignal.any([signal, over.signal])
        const next = due.size > 0 ? Math.min(...due.values()) : 0
        const pause = Math.max(1000, next - performance.now())
        await Promise.race([heard, sleep(pause, undefined, { signal: ends })]).catch(() => {})
        over.abort()
      }
    },
    look() {
      due.clear()
      news.resolve()
      news = Promise.withResolvers()
    },
    send,
    reports: () => reports,
    get lastRound() {
      return lastRound
    },
  }
}
