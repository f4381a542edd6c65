import type { Logger } from 'pino'
import type { Capabilities } from '../commands/run.ts'
import type { AgentConfig } from '../config.ts'
import type { Settings } from '../configuration/settings.ts'
import type { TerminalIdentity } from '../identity/terminal-identity.ts'
import type { Clock } from '../link/clock.ts'
import type { Connection } from '../link/connection.ts'
import type { Outbox } from '../link/outbox.ts'
import type { Marks } from '../marks.ts'
import { findCamera } from './camera.ts'
import type { Profile } from './profile.ts'
import { createSelfTestRounds, type SelfTestRounds } from './selftest-rounds.ts'
import { deepTests } from './selftests.ts'
import { readersOf } from './vitals/readers.ts'
import { createSampler } from './vitals/sampler.ts'
import { createVitals, type Vitals } from './vitals/vitals.ts'

/** What a terminal needs to measure and to test itself. */
export interface MeasuringParts {
  readonly config: AgentConfig
  readonly capabilities: Capabilities
  readonly profile: Profile
  readonly identity: TerminalIdentity
  readonly connection: Connection
  readonly outbox: Outbox
  readonly settings: Settings
  readonly marks: Marks
  readonly clock: Clock
  /** Whether nobody uses the terminal now. */
  readonly free: () => boolean
  readonly random: () => number
  readonly logger: Logger
}

/** The vitals and the self-tests of one terminal, both not yet running. */
export const createMeasuring = (
  parts: MeasuringParts,
): { readonly vitals: Vitals; readonly rounds: SelfTestRounds } => {
  const { config, capabilities, profile, identity, connection, outbox, settings, clock, logger } = parts
  const now = () => clock.now()
  const vitals = createVitals({
    sampler: createSampler(
      readersOf({
        ...{ config, clock, outbox },
        reports: () => profile.reports(),
        roundTrip: () => connection.roundTrip,
        certificate: () =>
          identity.device === undefined ? undefined : identity.credentials().own?.certificate,
      }),
      logger,
    ),
    ...{ line: connection, outbox, now, logger },
    everySeconds: () => settings.current().uplink.telemetrySeconds,
  })
  const rounds = createSelfTestRounds({
    async tests() {
      const { cameraTest } = await import('./camera-test.ts')
      const { microphoneTest, presenceTest, uploadTest } = await import('./device-tests.ts')
      return [
        ...deepTests([capabilities.scanner, capabilities.printer]),
        cameraTest({
          report: () => profile.reports().camera,
          find: () => findCamera(config.camera?.path),
        }),
        presenceTest('screen', () => profile.reports().screen),
        microphoneTest(),
        uploadTest(identity.door),
      ]
    },
    hours: () => settings.current().openingHours,
    free: () => parts.free() && connection.isUp,
    ...{ outbox, marks: parts.marks, now, random: parts.random, logger },
  })
  return { vitals, rounds }
}
