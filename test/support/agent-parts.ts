import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import type { Capability } from '../../agent/capability.ts'
import type { Capabilities } from '../../agent/commands/run.ts'
import { type Line, LineDown, type Unstamped, type UpKind } from '../../agent/link/line.ts'
import type { CommandMessage } from '../../protocol/messages.ts'
import { uuidv7 } from '../../protocol/uuid.ts'

/** A log that says nothing. */
export const silent: Logger = pino({ level: 'silent' })

/** A folder of its own that goes with the process. */
export const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'avyl-test-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A random generator that always gives the same numbers (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** What was sent on a line. */
export interface Sent {
  readonly kind: UpKind
  readonly body: Record<string, unknown>
  /** Whether the fleet was to say that it has it, whatever the topic says. */
  readonly confirmed?: true
}

/** A line in memory: up or down as the test says, and everything sent on it kept. */
export interface TestLine extends Line {
  readonly sent: Sent[]
  /** Reports of one command, the oldest first. */
  reports(id: string): Unstamped<'commandReport'>[]
  rise(): void
  fall(): void
  /** The next sends are lost on their way, so many. */
  lose(count: number): void
  /** Resolves when the test's condition holds after a send. */
  until(condition: () => boolean): Promise<void>
}

/** A line that is up. */
export const testLine = (): TestLine => {
  const sent: Sent[] = []
  let up = true
  let losses = 0
  let waiters: (() => void)[] = []
  const watchers = new Set<() => void>()
  return {
    sent,
    get isUp() {
      return up
    },
    reports: (id) =>
      sent.flatMap(({ kind, body }) =>
        kind === 'commandReport' && body.id === id ? [body as unknown as Unstamped<'commandReport'>] : [],
      ),
    rise() {
      up = true
      for (const wake of waiters.splice(0)) wake()
    },
    fall() {
      up = false
    },
    lose(count) {
      losses = count
    },
    async up(signal) {
      signal.throwIfAborted()
      if (up) return
      await new Promise<void>((resolve, reject) => {
        waiters = [...waiters, resolve]
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
    },
    async send(kind, body, { confirmed = false } = {}) {
      await Promise.resolve()
      if (!up) throw new LineDown()
      if (losses > 0) {
        losses -= 1
        throw new LineDown()
      }
      sent.push({
        kind,
        body: body as unknown as Record<string, unknown>,
        ...(confirmed ? { confirmed } : {}),
      })
      for (const watch of [...watchers]) watch()
    },
    async until(condition) {
      if (condition()) return
      await new Promise<void>((resolve) => {
        const watch = () => {
          if (!condition()) return
          watchers.delete(watch)
          resolve()
        }
        watchers.add(watch)
      })
    },
  }
}

/** A command as the fleet sends it; issued now, for two minutes. */
export const commandMessage = (
  name: string,
  input: unknown,
  changes: Partial<CommandMessage> = {},
): CommandMessage => {
  const now = Date.now()
  return {
    v: 1,
    ts: now,
    boot: 'fleet',
    run: 'fleet',
    seq: 0,
    id: uuidv7(now),
    name,
    input,
    issuedAt: now,
    expiresAt: now + 120_000,
    deadlineMs: 60_000,
    actor: 'expert',
    ...changes,
  }
}

/** A message as it lies on the wire. */
export const onWire = (message: object): Uint8Array => Buffer.from(JSON.stringify(message))

const absent = (name: string) => async () => {
  throw new Error(`${name} has no handler in this test`)
}

/** Capabilities whose handlers are those given; all others throw. */
export const testCapabilities = (handlers: Record<string, unknown>): Capabilities => {
  const names = ['scanner', 'printer', 'copier', 'terminal'] as const
  const capability = (name: string) =>
    ({
      name,
      handlers: new Proxy(handlers, { get: (target, key) => target[String(key)] ?? absent(String(key)) }),
      start: async () => {},
      stop: async () => {},
      report: async () => ({ present: true, ok: true }),
    }) as unknown as Capability
  return Object.fromEntries(names.map((name) => [name, capability(name)])) as unknown as Capabilities
}
