import { createHash } from 'node:crypto'
import { createConfiguration } from '../../agent/configuration/configuration.ts'
import { createSettings } from '../../agent/configuration/settings.ts'
import type { TrialTimes } from '../../agent/configuration/trial.ts'
import { openDatabase } from '../../agent/database.ts'
import { createMarks } from '../../agent/marks.ts'
import { canonical } from '../../protocol/canonical.ts'
import { type Configuration, defaultConfiguration } from '../../protocol/configuration.ts'
import type { DesiredMessage } from '../../protocol/messages.ts'
import { silent, testLine } from './agent-parts.ts'

export const hashOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex')

/** A default configuration but for its limit of uploads, by which versions can be told apart. */
export const numbered = (n: number): Configuration => ({
  ...defaultConfiguration,
  uplink: { ...defaultConfiguration.uplink, uploadBytesPerSecond: 10_000 + n },
})

/** A document as the gate lets it pass. */
export const desiredMessage = (version: number, config: unknown = numbered(version)): DesiredMessage => ({
  ...{ v: 1, ts: 0, boot: 'fleet', run: 'fleet', seq: 0 },
  ...{ version, hash: hashOf(config), config },
})

/** The configuration of an agent that can be killed and started anew on the same disk. */
export const openTerminalConfiguration = (
  times: TrialTimes = { steadyMs: 0, longestMs: 60_000, everyMs: 1 },
) => {
  const marks = createMarks(openDatabase(':memory:'))
  const line = testLine()
  const well: Record<string, boolean> = { scanner: true, printer: true }
  /** How the devices are before a trial, and how they are found from then on. */
  const health = { before: well, now: well, looks: 0, hold: Promise.resolve() }
  const make = () => {
    const settings = createSettings(silent)
    const configuration = createConfiguration({
      ...{ marks, line, settings, logger: silent, times },
      monotonic: () => performance.now(),
      health: async () => {
        health.looks += 1
        await health.hold
        return marks.get('configuration')?.includes('"trial":') ? health.now : health.before
      },
    })
    return { settings, configuration }
  }
  let run = make()
  run.configuration.start()
  return {
    ...{ marks, line, health },
    get settings() {
      return run.settings
    },
    get configuration() {
      return run.configuration
    },
    /** What the fleet heard last. */
    get reported() {
      return line.sent.findLast(({ kind }) => kind === 'reported')?.body
    },
    get errors() {
      const body = line.sent.findLast(({ kind }) => kind === 'reported')?.body
      return (body?.errors ?? []) as readonly { path: string; text: string }[]
    },
    /** Resolves when the fleet has heard this of the newest document. */
    said: (status: string, version: number) =>
      line.until(() => {
        const body = line.sent.findLast(({ kind }) => kind === 'reported')?.body as
          | { status?: string; newest?: { version: number } }
          | undefined
        return body?.status === status && body.newest?.version === version
      }),
    /** The process is gone in mid-word and another one begins: what was not on the disk is lost. */
    async kill(prepare: (settings: typeof run.settings) => void = () => {}) {
      const onDisk = marks.get('configuration')
      await run.configuration.stop()
      if (onDisk !== undefined) marks.set('configuration', onDisk)
      run = make()
      prepare(run.settings)
      run.configuration.start()
      run.configuration.report()
    },
    /** Stopped in good order and started anew. */
    async restart(prepare: (settings: typeof run.settings) => void = () => {}) {
      await run.configuration.stop()
      run = make()
      prepare(run.settings)
      run.configuration.start()
      run.configuration.report()
    },
  }
}
