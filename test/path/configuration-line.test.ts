import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SettingRefused } from '../../agent/configuration/settings.ts'
import { canonical } from '../../protocol/canonical.ts'
import type { DesiredMessage, ReportedMessage } from '../../protocol/messages.ts'
import { topics } from '../../protocol/topics.ts'
import { openTerminalConfiguration } from '../support/agent-configuration.ts'
import { settled } from '../support/fleet.ts'
import { openConfigurations, reportedMessage } from '../support/fleet-configuration.ts'

/*
 * The fleet's real part and the agent's real part, and between them a line that loses, doubles and reorders whatever
 * passes, while either of them ends and begins again.
 */

/** What may happen; numbers choose among what was sent. */
type Happening =
  | { readonly what: 'write'; readonly rate: number }
  | { readonly what: 'down' | 'up'; readonly which: number }
  | { readonly what: 'connect' | 'fall' | 'kill' | 'restart-agent' | 'restart-fleet' }

/** A rate that a part of the agent refuses, and one under which a device fails. */
const refused = (rate: number) => rate > 0 && rate % 5 === 0
const harmful = (rate: number) => rate > 0 && rate % 7 === 0

const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant('write' as const),
        rate: fc.integer({ min: 2000, max: 2100 }),
      }),
    },
    { weight: 6, arbitrary: fc.record({ what: fc.constant('down' as const), which: fc.nat(1000) }) },
    { weight: 4, arbitrary: fc.record({ what: fc.constant('up' as const), which: fc.nat(1000) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        what: fc.constantFrom(
          'connect' as const,
          'fall' as const,
          'kill' as const,
          'restart-agent' as const,
          'restart-fleet' as const,
        ),
      }),
    },
  ),
  { minLength: 5, maxLength: 40 },
)

const open = async () => {
  const fleet = await openConfigurations()
  const agent = openTerminalConfiguration({ steadyMs: 0, longestMs: 10, everyMs: 1 })
  const well = { scanner: true }
  const prepare = (settings: typeof agent.settings) => {
    settings.on('uplink', ({ uploadBytesPerSecond: rate }) => {
      if (refused(rate)) throw new SettingRefused('/uploadBytesPerSecond', 'not this one')
    })
    agent.health.before = well
    Object.defineProperty(agent.health, 'now', {
      configurable: true,
      get: () => ({ scanner: !harmful(settings.current().uplink.uploadBytesPerSecond) }),
    })
  }
  prepare(agent.settings)
  const topic = topics.desired('t1')
  const down = () =>
    fleet.broker.published.flatMap((sent) =>
      sent.topic === topic ? [sent.body as unknown as DesiredMessage] : [],
    )
  const up = () => agent.line.sent.flatMap(({ kind, body }) => (kind === 'reported' ? [body] : []))
  const hear = async (body: object | undefined) => {
    if (body) await fleet.configurations.reported('t1', reportedMessage(body as Partial<ReportedMessage>))
  }
  const connect = () => {
    agent.line.rise()
    const retained = down().at(-1)
    if (retained) agent.configuration.desired(retained)
    agent.configuration.report()
  }
  return { fleet, agent, prepare, down, up, hear, connect }
}
type World = Awaited<ReturnType<typeof open>>

const happen = async (world: World, happening: Happening) => {
  const { fleet, agent, prepare, down, up, hear, connect } = world
  switch (happening.what) {
    case 'write': {
      const name = { scope: 'terminal', name: 't1' } as const
      const base = fleet.configurations.layer(name).version
      const { rate } = happening
      const content = { uplink: { uploadBytesPerSecond: rate }, scan: { dpi: rate - 1900 } }
      await fleet.configurations.write({ ...name, content, base, actor: 'o1' })
      break
    }
    case 'down': {
      const sent = down()
      const message = sent[happening.which % sent.length]
      if (message) agent.configuration.desired(message)
      break
    }
    case 'up': {
      const sent = up()
      await hear(sent[happening.which % Math.max(1, sent.length)])
      break
    }
    case 'connect':
      connect()
      break
    case 'fall':
      agent.line.fall()
      break
    case 'kill':
      await agent.kill(prepare)
      break
    case 'restart-agent':
      await agent.restart(prepare)
      break
    case 'restart-fleet':
      await fleet.restart()
      break
  }
  await settled()
}

/** The line holds at last: both sides say what they have until neither has anything new. */
const comeToRest = async (world: World) => {
  const { fleet, agent, down, hear, connect } = world
  for (let calm = 0, before = '', rounds = 0; calm < 3; rounds++) {
    if (rounds > 500) throw new Error('They never come to rest')
    connect()
    await new Promise((resolve) => setTimeout(resolve, 4))
    await settled()
    await hear(agent.reported)
    const now = canonical([
      agent.reported,
      down().at(-1)?.version,
      fleet.configurations.of('t1').state.drift?.reason ?? '',
    ])
    const onTrial = agent.reported?.status === 'trial'
    calm = now === before && !onTrial ? calm + 1 : 0
    before = now
  }
}

const theLine = suite('a configuration over a line that loses, doubles and reorders')

theLine('ends on the newest document, or the terminal says why not', async () => {
  const ends = { applied: 0, rejected: 0, rolledback: 0 }
  await fc.assert(
    fc.asyncProperty(happenings, async (all) => {
      const world = await open()
      const { fleet, agent, down } = world
      try {
        let accepted = 0
        for (const happening of all) {
          await happen(world, happening)
          const record = JSON.parse(agent.marks.get('configuration') ?? '{"accepted":0}') as {
            accepted: number
          }
          assert.ok(record.accepted >= accepted, 'what was accepted once is not forgotten')
          accepted = record.accepted
        }
        await comeToRest(world)
        const wanted = down().at(-1)
        const { state } = fleet.configurations.of('t1')
        const reported = state.reported
        assert.is(wanted?.version, state.version)
        assert.equal(reported?.newest, { version: state.version, hash: state.hash })
        const status = reported?.status
        if (status === 'applied') {
          assert.is(state.drift, undefined)
          assert.is(canonical(agent.settings.current()), canonical(wanted?.config))
        } else {
          assert.is(state.drift?.reason, status)
          assert.ok((reported?.errors.length ?? 0) > 0)
          assert.ok((reported?.version ?? 0) < state.version)
          assert.is.not(canonical(agent.settings.current()), canonical(wanted?.config))
        }
        const rate = agent.settings.current().uplink.uploadBytesPerSecond
        assert.not.ok(refused(rate), 'nothing runs by what a part has refused')
        ends[status as keyof typeof ends] += 1
      } finally {
        await agent.configuration.stop()
        await fleet.close()
      }
    }),
    { seed: 20_261_122, numRuns: 60, endOnFailure: true },
  )
  for (const [status, count] of Object.entries(ends)) assert.ok(count > 0, `no run ended ${status}`)
})

theLine.run()
