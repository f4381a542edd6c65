import type { TSchema } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { Configuration, ConfigurationLayer, type Hours } from './configuration.ts'

/** What is wrong at one place of a configuration: a JSON pointer (RFC 6901) and short English. */
export interface SettingFault {
  readonly path: string
  readonly text: string
}

/** As many as a report carries. */
const maxFaults = 50
const shorten = ({ path, text }: SettingFault): SettingFault => ({
  path: path.slice(0, 200),
  text: text.slice(0, 300),
})

const schemaFaults = (schema: TSchema, value: unknown): SettingFault[] =>
  Errors(schema, value)
    // A name that may not be there is reported at its own place too.
    .filter(({ keyword }) => keyword !== 'additionalProperties')
    .map(({ instancePath, message, keyword }) => ({
      path: instancePath,
      text: keyword === 'boolean' ? 'is no setting' : message,
    }))

const hoursFaults = (path: string, hours: Hours): SettingFault[] =>
  hours.flatMap(({ from, to }, index) => {
    const before = hours[index - 1]
    if (from >= to) return [{ path: `${path}/${index}`, text: 'must end after it begins' }]
    if (before && before.to >= from)
      return [{ path: `${path}/${index}`, text: 'must begin after the one before' }]
    return []
  })

const isDate = (date: string) => {
  const time = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date)
}

/** Slower than that an upload counts as cut, in bytes a second. */
const slowestUpload = 1024

/** What no schema can say. */
const ruleFaults = ({ openingHours, uplink }: ConfigurationLayer): SettingFault[] => {
  const { week = {}, exceptions = {} } = openingHours ?? {}
  const rate = uplink?.uploadBytesPerSecond ?? 0
  const isTrickle = rate > 0 && rate < slowestUpload
  return [
    ...(isTrickle
      ? [{ path: '/uplink/uploadBytesPerSecond', text: `must be 0 or at least ${slowestUpload}` }]
      : []),
    ...Object.entries(week).flatMap(([day, hours]) => hoursFaults(`/openingHours/week/${day}`, hours)),
    ...Object.entries(exceptions).flatMap(([date, hours]) => {
      const path = `/openingHours/exceptions/${date}`
      return [...(isDate(date) ? [] : [{ path, text: 'is no date' }]), ...hoursFaults(path, hours)]
    }),
  ]
}

const faultsBy = (schema: TSchema, value: unknown): SettingFault[] => {
  const faults = Check(schema, value) ? ruleFaults(value as ConfigurationLayer) : schemaFaults(schema, value)
  return faults.slice(0, maxFaults).map(shorten)
}

/** What is wrong with a whole configuration; nothing when it can be used. */
export const configurationFaults = (value: unknown): SettingFault[] => faultsBy(Configuration, value)

/** What is wrong with one layer; nothing when it can be laid over any configuration. */
export const layerFaults = (value: unknown): SettingFault[] => faultsBy(ConfigurationLayer, value)
