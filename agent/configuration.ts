import type { Logger } from 'pino'
import { type Static, Type } from 'typebox'
import { Check, Parse } from 'typebox/value'
import { DesiredMessage, type ReportedMessage } from '../protocol/messages.ts'
import type { Clock } from './link/clock.ts'
import type { Line, Unstamped } from './link/line.ts'
import type { Marks } from './marks.ts'

const Settings = Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), { maxProperties: 100 })
type Settings = Static<typeof Settings>

/** The part of the configuration that Kazan keeps: taken in, and answered with what this agent has of it. */
export interface Configuration {
  /** A message on `dn/desired`. Never throws. */
  desired(payload: Uint8Array): void
  /** Says what this agent has; sent again with each connection. */
  report(): void
}

type Reported = Unstamped<'reported'>

const none: Reported = { version: 0, hash: '0'.repeat(64), errors: [] }

/** An honest answer: this agent takes no settings from Kazan yet, so each one that is wanted is an error. */
const answer = ({ version, hash, config }: DesiredMessage): Reported => {
  const names = Check(Settings, config) ? Object.keys(config satisfies Settings) : ['']
  const errors: ReportedMessage['errors'] = names
    .slice(0, 50)
    .map((name) => ({ path: `/${name}`, text: 'This agent does not know the setting' }))
  return { version, hash, errors }
}

/** The configuration of one terminal. */
export const createConfiguration = (parts: {
  readonly marks: Marks
  readonly line: Line
  readonly clock: Clock
  readonly logger: Logger
}): Configuration => {
  const { marks, line, clock, logger } = parts
  const report = () => {
    if (!line.isUp) return
    const last = marks.get('reported')
    const body = last === undefined ? none : (JSON.parse(last) as Reported)
    line.send('reported', body).catch((error: unknown) => logger.debug({ error }, 'reported was not sent'))
  }
  return {
    report,
    desired(payload) {
      try {
        const message = Parse(DesiredMessage, JSON.parse(Buffer.from(payload).toString('utf8')))
        clock.saw(message.ts)
        const text = JSON.stringify(answer(message))
        if (marks.get('reported') === text) return
        marks.set('reported', text)
        report()
      } catch (error) {
        logger.warn({ error }, 'a desired configuration could not be read')
      }
    },
  }
}
