import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Commands } from '../../../fleet/commands/commands.ts'
import { fateOf, judge, outcomeGraceMs, wordGraceMs } from '../../../fleet/commands/life.ts'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { graceMs } from '../../../fleet/terminals/presence.ts'
import { type CommandState, commandStates, isFinal } from '../../../protocol/messages.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { PretendBroker, reportOf, StoppedClock, settled, silent } from '../../support/fleet.ts'
import { testSigner } from '../../support/signing.ts'

const runs = Number(process.env.AVYL_FUZZ ?? 60)
const open = commandStates.filter((state) => !isFinal(state))
const words = commandStates.filter((state) => state !== 'queued')
const rank = (state: CommandState) => (isFinal(state) ? open.length : open.indexOf(state))

const aLife = suite('the life of a command')

aLife('only goes forward and ends once', () => {
  for (const state of commandStates) {
    for (const word of words) {
      const turn = judge(state, word)
      if (turn === 'move') assert.ok(!isFinal(state) && rank(word) > rank(state), `${state} ${word}`)
      if (isFinal(state)) assert.is(turn, isFinal(word) && word !== state ? 'late' : 'stay')
    }
  }
})

aLife('is ended by time alone only as far as is known', () => {
  const span = { expiresAt: 1000, deadlineMs: 500, effect: 'once', listeningSince: -graceMs } as const
  assert.is(fateOf({ ...span, state: 'queued' }, 999), undefined)
  assert.is(fateOf({ ...span, state: 'queued' }, 1000), 'expired')
  assert.is(fateOf({ ...span, state: 'sent' }, 1000 + wordGraceMs), undefined)
  assert.is(fateOf({ ...span, state: 'sent', effect: 'none' }, 1000 + wordGraceMs), 'expired')
  for (const state of ['sent', 'received', 'running'] as const) {
    assert.is(fateOf({ ...span, state }, 1500 + outcomeGraceMs), 'unknown')
    assert.is(fateOf({ ...span, state, heardAt: 2000 }, 1999 + outcomeGraceMs), undefined)
    assert.is(fateOf({ ...span, state, heardAt: 2000 }, 2000 + outcomeGraceMs), 'unknown')
  }
  for (const state of commandStates.filter(isFinal))
    assert.is(fateOf({ ...span, state }, 10 ** 15), undefined)
})

aLife('is not ended for the silence of the time when the fleet was away', () => {
  const listeningSince = 10 ** 9
  const span = { expiresAt: 1000, deadlineMs: 500, effect: 'repeatable', listeningSince } as const
  assert.is(fateOf({ ...span, state: 'queued' }, listeningSince), 'expired', 'nobody has seen it')
  assert.is(fateOf({ ...span, state: 'sent' }, listeningSince + graceMs - 1), undefined)
  assert.is(fateOf({ ...span, state: 'sent' }, listeningSince + graceMs), 'expired')
  for (const state of ['received', 'running'] as const) {
    assert.is(fateOf({ ...span, state }, listeningSince + outcomeGraceMs - 1), undefined)
    assert.is(fateOf({ ...span, state }, listeningSince + outcomeGraceMs), 'unknown')
  }
})

type Step =
  | { do: 'say'; state: Exclude<CommandState, 'queued' | 'sent'> }
  | { do: 'come' | 'go' | 'cancel' | 'restart' }
  | { do: 'pass'; seconds: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('say' as const),
    state: fc.constantFrom(...words.filter((state) => state !== 'sent')),
  }),
  fc.record({ do: fc.constantFrom('come' as const, 'go' as const, 'cancel' as const, 'restart' as const) }),
  fc.record({ do: fc.constant('pass' as const), seconds: fc.constantFrom(1, 9, 11, 130, 700) }),
)

aLife('stays in order whatever terminals, people, restarts and time do', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 14 }),
      fc.constantFrom('print', 'scan'),
      async (steps, what) => {
        const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
        const clock = new StoppedClock()
        const broker = new PretendBroker()
        const start = async () => {
          const commands = new Commands({ database, broker, signer: testSigner(), clock, log: silent })
          await commands.start()
          return commands
        }
        let commands = await start()
        const seen: CommandState[] = []
        const watch = () => commands.live.watch((command) => seen.push(command.state))
        watch()
        const wish =
          what === 'print'
            ? { name: 'printer.print', input: { document: uuidv7() } }
            : { name: 'scanner.scan', input: { source: 'flatbed', dpi: 300, mode: 'grey', format: 'pdf' } }
        const { id } = await commands.request({ terminal: 't1', actor: 'user:1', ...wish })
        const act: Record<Step['do'], (step: Step) => Promise<unknown>> = {
          say: async (said) => 'state' in said && commands.report('t1', reportOf(id, said.state)),
          come: async () => {
            broker.there.add('t1')
            commands.arrived('t1')
            await settled()
          },
          go: async () => broker.there.delete('t1'),
          cancel: () => commands.cancel(id),
          restart: async () => {
            await commands.stop()
            commands = await start()
            watch()
          },
          pass: async (passing) => 'seconds' in passing && clock.pass(passing.seconds * 1000),
        }
        for (const one of steps) await act[one.do](one)
        const firstSent = broker.published.length
        await clock.pass(3_600_000)
        const row = await database.selectFrom('commands').selectAll().executeTakeFirstOrThrow()
        assert.ok(isFinal(row.state), 'it ends')
        assert.is(new Set(seen.filter(isFinal)).size, 1, 'once')
        for (const [index, state] of seen.entries()) {
          const before = seen[index - 1]
          assert.ok(before === undefined || rank(before) <= rank(state), `${seen}`)
        }
        assert.ok(row.state === 'succeeded' ? row.error === null : row.error !== null)
        assert.ok(broker.published.every(({ body }) => body.id === id))
        broker.there.add('t1')
        commands.arrived('t1')
        await settled()
        assert.ok(broker.published.length >= firstSent)
        const published = broker.published.length
        await clock.pass(60_000)
        assert.is(broker.published.length, published, 'what is over is not sent again')
        await commands.stop()
        await database.destroy()
      },
    ),
    { numRuns: runs, seed: 7 },
  )
})

aLife.run()
