import type { Logger } from 'pino'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import type { DesiredMessage, ReportedMessage } from '../protocol/messages.ts'
import type { Line, Unstamped } from './link/line.ts'
import type { Marks } from './marks.ts'

const Settings = Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), { maxProperties: 100 })
type Settings = Static<typeof Settings>

/** The part of the configuration that Kazan keeps: taken in, and answered with what this agent has of it. */
export interface Configuration {
  /** A message that is proved to be the fleet's. Never throws. */
  desired(message: DesiredMessage): void
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
  readonly logger: Logger
}): Configuration => {
  const { marks, line, logger } = parts
  const report = () => {
    if (!line.isUp) return
    const last = marks.get('reported')
    const body = last === undefined ? none : (JSON.parse(last) as Reported)
    line.send('reported', body).catch((error: unknown) => logger.debug({ error }, 'reported was not sent'))
  }
  return {
    report,
    desired(message) {
      try {
        const text = JSON.stringify(answer(message))
        if (marks.get('reported') === text) return
        marks.set('reported', text)
        report()
      } catch (error) {
        logger.warn({ error }, 'a desired configuration could not be taken in')
      }
    },
  }
}
