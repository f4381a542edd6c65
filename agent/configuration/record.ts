import type { Logger } from 'pino'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { ConfigurationName, ReportedMessage } from '../../protocol/messages.ts'
import type { Marks } from '../marks.ts'
import { type Document, faultsOf } from './document.ts'

/** A document that has to prove itself. */
export interface Trial extends Document {
  /** How often the agent has begun to run by it and not lived long. */
  readonly tries: number
  /** The capabilities that worked before it and that it can break. */
  readonly worked: readonly string[]
}

/** The newest document that the terminal was asked for and does not have. */
export interface Refused extends ConfigurationName {
  readonly status: 'rejected' | 'rolledback'
  readonly errors: ReportedMessage['errors']
}

/** What the terminal knows of its configuration over restarts and power cuts. */
export interface ConfigurationRecord {
  /** The last document that proved itself. */
  readonly good?: Document
  readonly trial?: Trial
  readonly refused?: Refused
  /** The newest version that was ever accepted: no older one has an effect any more. */
  readonly accepted: number
}

const DocumentShape = Type.Object({ ...ConfigurationName.properties, config: Type.Unknown() })
const RecordShape = Type.Object({
  good: Type.Optional(DocumentShape),
  trial: Type.Optional(
    Type.Object({
      ...DocumentShape.properties,
      tries: Type.Integer({ minimum: 0 }),
      worked: Type.Array(Type.String()),
    }),
  ),
  refused: Type.Optional(
    Type.Object({
      ...ConfigurationName.properties,
      status: Type.Enum(['rejected', 'rolledback']),
      errors: ReportedMessage.properties.errors,
    }),
  ),
  accepted: Type.Integer({ minimum: 0 }),
})

const empty: ConfigurationRecord = { accepted: 0 }
const mark = 'configuration'

const parse = (text: string): Static<typeof RecordShape> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return Check(RecordShape, value) ? value : undefined
  } catch {
    return undefined
  }
}

const fits = (document: { readonly config: unknown } | undefined) =>
  document === undefined || faultsOf(document).length === 0

/**
 * What was written last. A document that this agent cannot use, as after it was replaced by another version, counts as
 * never taken, so that the fleet's retained message brings it, or what became of it, anew.
 */
export const readRecord = (marks: Marks, logger: Logger): ConfigurationRecord => {
  const text = marks.get(mark)
  if (text === undefined) return empty
  const record = parse(text)
  if (!record || !fits(record.good) || !fits(record.trial)) {
    logger.error('the stored configuration cannot be used')
    return empty
  }
  return record as ConfigurationRecord
}

/** Flushed when it returns. */
export const writeRecord = (marks: Marks, record: ConfigurationRecord): void =>
  marks.set(mark, JSON.stringify(record))
