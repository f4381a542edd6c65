import fc from 'fast-check'
import { type ConfigurationLayer, defaultConfiguration } from '../../protocol/configuration.ts'

const time = fc.integer({ min: 0, max: 23 }).map((hour) => `${String(hour).padStart(2, '0')}:30`)

/** Spans of a day in their order. */
const hours = fc
  .uniqueArray(time, { maxLength: 6 })
  .map((times) => times.toSorted())
  .map((times) =>
    Array.from({ length: Math.floor(times.length / 2) }, (_, n) => ({
      from: times[2 * n] ?? '',
      to: times[2 * n + 1] ?? '',
    })),
  )

const some = <T>(record: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(record, { requiredKeys: [] })
const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
const features = Object.keys(defaultConfiguration.features)

/** Any layer that fits. */
export const layers: fc.Arbitrary<ConfigurationLayer> = some({
  openingHours: some({
    timeZone: fc.constantFrom('Europe/Moscow', 'Europe/Samara'),
    week: some(Object.fromEntries(days.map((day) => [day, hours]))),
    exceptions: fc.dictionary(fc.constantFrom('2026-12-31', '2027-01-01', '2027-05-09'), hours, {
      noNullPrototype: true,
    }),
  }),
  languages: fc.uniqueArray(fc.constantFrom('ru', 'tt', 'en'), { minLength: 1 }),
  scan: some({
    dpi: fc.integer({ min: 75, max: 600 }),
    mode: fc.constantFrom('colour', 'grey', 'blackwhite'),
    format: fc.constantFrom('pdf', 'jpeg'),
    clean: fc.constantFrom('off', 'straighten', 'full'),
  }),
  print: some({ duplex: fc.constantFrom('none', 'long-edge'), colour: fc.boolean() }),
  uplink: some({
    uploadBytesPerSecond: fc.oneof(fc.constant(0), fc.integer({ min: 1024, max: 1_000_000 })),
    previewQuality: fc.integer({ min: 20, max: 95 }),
    telemetrySeconds: fc.integer({ min: 10, max: 3600 }),
  }),
  link: some({ longestWaitSeconds: fc.integer({ min: 5, max: 300 }) }),
  logLevel: fc.constantFrom('debug', 'info', 'warn', 'error'),
  features: some(Object.fromEntries(features.map((name) => [name, fc.boolean()]))),
  profiles: fc.constant({ sha256: 'a'.repeat(64) }),
}) as fc.Arbitrary<ConfigurationLayer>
