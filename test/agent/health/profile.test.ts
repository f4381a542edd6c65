import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Capability } from '../../../agent/capability.ts'
import type { Capabilities } from '../../../agent/commands/run.ts'
import { createProfile } from '../../../agent/health/profile.ts'
import type { Outbox } from '../../../agent/link/outbox.ts'
import type { CapabilityReport } from '../../../protocol/messages.ts'
import { silent, testLine } from '../../support/agent-parts.ts'

const terminal = (more: Partial<Parameters<typeof createProfile>[0]> = {}) => {
  const reports: Record<string, CapabilityReport> = {
    scanner: { present: true, ok: true },
    printer: { present: true, ok: true },
    copier: { present: false, ok: false },
    terminal: { present: true, ok: true },
  }
  const names = Object.keys(reports)
  const capabilities = Object.fromEntries(
    names.map((name) => [
      name,
      {
        name,
        report: async () => {
          if (name === 'copier' && !reports.copier) throw new Error('no report')
          return reports[name]
        },
      } as unknown as Capability,
    ]),
  ) as unknown as Capabilities
  const events: { readonly type: unknown; readonly data: unknown }[] = []
  const outbox = { put: (_: string, body: unknown) => void events.push(body as never) } as unknown as Outbox
  const line = testLine()
  const stopped = new AbortController()
  const profile = createProfile({
    capabilities,
    about: () => ({ profiles: { terminal: 'generic' }, versions: { agent: '1' } }),
    line,
    outbox,
    now: () => 1,
    logger: silent,
    ...more,
  })
  return { reports, events, line, profile, stopped }
}

const aProfile = suite("a terminal's profile")

aProfile('is sent when it is known, and again when it changed', async () => {
  const { reports, events, line, profile, stopped } = terminal()
  profile.send()
  const running = profile.run(stopped.signal)
  await line.until(() => line.sent.length === 1)
  assert.equal(Object.keys(line.sent[0]?.body.capabilities as object).toSorted(), [
    'copier',
    'printer',
    'scanner',
    'terminal',
  ])
  assert.equal(events, [], 'what was never there is no fault')
  reports.printer = { present: true, ok: false, detail: 'media-empty' }
  profile.look()
  await line.until(() => line.sent.length === 2)
  reports.printer = { present: true, ok: true }
  profile.look()
  await line.until(() => line.sent.length === 3)
  assert.equal(
    events.map(({ type, data }) => [type, data]),
    [
      ['device-fault', { capability: 'printer', detail: 'media-empty' }],
      ['device-recovered', { capability: 'printer' }],
    ],
  )
  profile.look()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.is(line.sent.length, 3, 'nothing new is not sent')
  profile.send()
  await line.until(() => line.sent.length === 4)
  stopped.abort()
  await running
})

aProfile('waits for a line, and outlives a capability that cannot report', async () => {
  const { reports, line, profile, stopped } = terminal()
  line.fall()
  Reflect.deleteProperty(reports, 'copier')
  const running = profile.run(stopped.signal)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(line.sent, [])
  assert.is(profile.reports().scanner?.ok, true)
  line.rise()
  profile.send()
  await line.until(() => line.sent.length === 1)
  stopped.abort()
  await running
})

aProfile('holds what is only looked at, and is not held up by one that hangs', async () => {
  let alive = true
  const hanging = Promise.withResolvers<undefined>()
  const { events, line, profile, stopped } = terminal({
    probes: {
      screen: async () => ({ present: true, ok: alive }),
      camera: () => hanging.promise,
    },
    inUse: (name) => name === 'printer',
  })
  const running = profile.run(stopped.signal)
  const screen = () => (line.sent.at(-1)?.body.capabilities as Record<string, CapabilityReport>)?.screen
  await line.until(() => screen()?.ok === true)
  alive = false
  profile.look()
  await line.until(() => screen()?.ok === false)
  assert.equal(
    events.map(({ type, data }) => [type, data]),
    [['device-fault', { capability: 'screen' }]],
  )
  const since = profile.lastRound
  profile.wake()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.is(profile.lastRound, since, 'a look that does not end shows')
  hanging.resolve(undefined)
  stopped.abort()
  await running
})

aProfile.run()
