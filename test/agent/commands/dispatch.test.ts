import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CommandContext } from '../../../agent/capability.ts'
import { createDispatch, type DispatchParts } from '../../../agent/commands/dispatch.ts'
import { createJournal, type Journal } from '../../../agent/commands/journal.ts'
import { openDatabase } from '../../../agent/database.ts'
import { createClock } from '../../../agent/link/clock.ts'
import { CommandError } from '../../../protocol/errors.ts'
import type { CommandMessage, CommandReport } from '../../../protocol/messages.ts'
import { isFinal } from '../../../protocol/messages.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import {
  commandMessage,
  silent,
  type TestLine,
  testCapabilities,
  testLine,
} from '../../support/agent-parts.ts'

type Handler = (input: never, context: CommandContext) => Promise<unknown>

const page = { artefact: uuidv7(), width: 10, height: 10, dpi: 300 }
const printed = { job: 1, impressions: 2 }
const printer = { document: uuidv7() }
const scan = { source: 'flatbed', dpi: 300, mode: 'grey', format: 'jpeg' }

/** A dispatch with these handlers, over a line in memory. */
const terminal = (handlers: Record<string, Handler>, changes: Partial<DispatchParts> = {}) => {
  const database = openDatabase(':memory:')
  const line: TestLine = testLine()
  const clock = createClock()
  const journal: Journal = createJournal(database, () => clock.now())
  const dispatch = createDispatch({
    capabilities: testCapabilities(handlers),
    journal,
    clock,
    line,
    artefacts: { keptBy: () => [], pagesOf: () => [], delivered: async () => {} },
    logger: silent,
    graceMs: 20,
    ...changes,
  })
  const finals = (id: string) => line.reports(id).filter(({ state }) => isFinal(state))
  return {
    dispatch,
    line,
    journal,
    clock,
    finals,
    tell: (message: CommandMessage) => dispatch.command(message),
    /** The one final report, once it is there and nothing follows. */
    async outcome(id: string) {
      await line.until(() => finals(id).some(({ repeated }) => !repeated))
      await new Promise((resolve) => setTimeout(resolve, 5))
      const own = finals(id).filter(({ repeated }) => !repeated)
      assert.is(own.length, 1, 'there is exactly one final report')
      return own[0] as Omit<CommandReport, 'v'>
    },
  }
}

const aCommand = suite('a command')

aCommand('runs, tells how far it is, and is answered once', async () => {
  const { tell, outcome, line } = terminal({
    'printer.print': async (_, context) => {
      context.progress({ step: 'printing', percent: 50 })
      await context.effectBegins()
      return printed
    },
  })
  const message = commandMessage('printer.print', printer)
  tell(message)
  assert.equal(await outcome(message.id), { id: message.id, state: 'succeeded', result: printed })
  assert.equal(
    line.reports(message.id).map(({ state }) => state),
    ['running', 'succeeded'],
  )
})

aCommand('that takes its time is said to run, once', async () => {
  const first = Promise.withResolvers<unknown>()
  const { tell, outcome, line } = terminal({ 'printer.print': () => first.promise })
  const message = commandMessage('printer.print', printer)
  tell(message)
  await line.until(() => line.reports(message.id).length === 1)
  first.resolve(printed)
  await outcome(message.id)
  assert.equal(
    line.reports(message.id).map(({ state }) => state),
    ['running', 'succeeded'],
  )
})

aCommand('that is over at once is answered with its outcome alone', async () => {
  const { tell, outcome, line } = terminal({ 'printer.print': async () => printed })
  const message = commandMessage('printer.print', printer)
  tell(message)
  await outcome(message.id)
  assert.is(line.reports(message.id).length, 1)
})

aCommand('that nobody knows is rejected as unsupported', async () => {
  const { tell, outcome } = terminal({})
  const message = commandMessage('scanner.levitate', {})
  tell(message)
  const { state, error } = await outcome(message.id)
  assert.equal([state, error?.code], ['rejected', 'unsupported'])
})

for (const name of ['__proto__', 'constructor', 'toString']) {
  aCommand(`named ${name} is rejected as unsupported`, async () => {
    const { tell, outcome } = terminal({})
    const message = commandMessage(name, {})
    tell(message)
    assert.is((await outcome(message.id)).error?.code, 'unsupported')
  })
}

aCommand('whose input does not fit is rejected as invalid', async () => {
  const { tell, outcome } = terminal({})
  const message = commandMessage('scanner.scan', { ...scan, dpi: 9999 })
  tell(message)
  const { state, error } = await outcome(message.id)
  assert.equal([state, error?.code, error?.retryable], ['rejected', 'invalid', false])
})

aCommand('that came too late expires without an effect', async () => {
  let ran = false
  const { tell, outcome } = terminal({
    'printer.print': async () => {
      ran = true
      return printed
    },
  })
  const now = Date.now()
  const message = commandMessage('printer.print', printer, { ts: now, expiresAt: now })
  tell(message)
  const { state, error } = await outcome(message.id)
  assert.equal([state, error?.code], ['expired', 'expired'])
  assert.is(ran, false)
})

aCommand('whose turn comes too late expires while it waits', async () => {
  const first = Promise.withResolvers<unknown>()
  let runs = 0
  const { tell, outcome } = terminal({
    'printer.print': () => {
      runs += 1
      return first.promise
    },
  })
  const running = commandMessage('printer.print', printer)
  tell(running)
  const now = Date.now()
  const waiting = commandMessage('printer.print', printer, { ts: now, expiresAt: now + 40 })
  tell(waiting)
  assert.is((await outcome(waiting.id)).state, 'expired')
  first.resolve(printed)
  await outcome(running.id)
  assert.is(runs, 1)
})

aCommand('finds its device busy', async () => {
  const first = Promise.withResolvers<unknown>()
  const { tell, outcome } = terminal({ 'scanner.scan': () => first.promise })
  const running = commandMessage('scanner.scan', scan)
  const second = commandMessage('scanner.scan', scan)
  tell(running)
  tell(second)
  const { state, error } = await outcome(second.id)
  assert.equal([state, error?.code, error?.retryable], ['rejected', 'busy', true])
  first.resolve({ pages: [page] })
  assert.is((await outcome(running.id)).state, 'succeeded')
})

aCommand('takes its turn at the printer, and says that it waits', async () => {
  const first = Promise.withResolvers<unknown>()
  const { tell, outcome, line } = terminal({
    'printer.print': () => first.promise,
  })
  const running = commandMessage('printer.print', printer)
  const second = commandMessage('printer.print', printer)
  tell(running)
  tell(second)
  await line.until(() => line.reports(second.id).some(({ progress }) => progress?.step === 'waiting'))
  first.resolve(printed)
  await outcome(running.id)
  assert.is((await outcome(second.id)).state, 'succeeded')
})

aCommand('is stopped at its deadline, even when its handler does not listen', async () => {
  const { tell, outcome, dispatch } = terminal({ 'scanner.scan': () => new Promise(() => {}) })
  const message = commandMessage('scanner.scan', scan, { deadlineMs: 10 })
  tell(message)
  const { state, error } = await outcome(message.id)
  assert.equal([state, error?.code], ['failed', 'timeout'])
  const next = commandMessage('scanner.scan', scan)
  tell(next)
  assert.is((await outcome(next.id)).error?.code, 'busy', 'the device is not given away under a handler')
  assert.is(dispatch.active, 0)
})

aCommand('whose effect had begun when its handler did not listen is unknown', async () => {
  const { tell, outcome } = terminal({
    'printer.print': async (_, context) => {
      await context.effectBegins()
      return new Promise(() => {})
    },
  })
  const message = commandMessage('printer.print', printer, { deadlineMs: 10 })
  tell(message)
  const { state, error } = await outcome(message.id)
  assert.equal([state, error?.code], ['unknown', 'unknown-outcome'])
})

aCommand('that failed after its effect began is never called safe to send again', async () => {
  const { tell, outcome } = terminal({
    'printer.print': async (_, context) => {
      await context.effectBegins()
      throw new CommandError('jam', 'Paper jam')
    },
  })
  const message = commandMessage('printer.print', printer)
  tell(message)
  const { state, error } = await outcome(message.id)
  assert.equal([state, error?.code, error?.retryable], ['failed', 'jam', false])
})

aCommand('that failed before keeps what its driver said', async () => {
  const { tell, outcome } = terminal({
    'printer.print': async () => {
      throw new CommandError('no-paper', 'No paper')
    },
  })
  const message = commandMessage('printer.print', printer)
  tell(message)
  const { state, error } = await outcome(message.id)
  assert.equal([state, error?.code, error?.retryable], ['failed', 'no-paper', true])
})

aCommand('that met a fault of ours is internal, and unknown once its effect had begun', async () => {
  const { tell, outcome } = terminal({
    'scanner.scan': async () => {
      throw new TypeError('secret detail')
    },
    'printer.print': async (_, context) => {
      await context.effectBegins()
      throw new TypeError('secret detail')
    },
  })
  const scanning = commandMessage('scanner.scan', scan)
  const printing = commandMessage('printer.print', printer)
  tell(scanning)
  tell(printing)
  const first = await outcome(scanning.id)
  assert.equal([first.state, first.error?.code], ['failed', 'internal'])
  assert.not.match(JSON.stringify(first), 'secret')
  assert.is((await outcome(printing.id)).state, 'unknown')
})

aCommand('whose result does not fit its schema is a fault of ours', async () => {
  const { tell, outcome } = terminal({ 'scanner.scan': async () => ({ pages: 'many' }) })
  const message = commandMessage('scanner.scan', scan)
  tell(message)
  assert.is((await outcome(message.id)).error?.code, 'internal')
})

aCommand('is cancelled while it runs and while it waits', async () => {
  const { tell, outcome, dispatch } = terminal({
    'printer.print': (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  })
  const running = commandMessage('printer.print', printer)
  const waiting = commandMessage('printer.print', printer)
  tell(running)
  tell(waiting)
  const { v, ts, boot, run, seq } = running
  dispatch.cancel({ v, ts, boot, run, seq, id: waiting.id })
  assert.is((await outcome(waiting.id)).state, 'cancelled')
  dispatch.cancel({ v, ts, boot, run, seq, id: running.id })
  assert.is((await outcome(running.id)).error?.code, 'cancelled')
})

aCommand('that was stopped has no effect that begins', async () => {
  let begun = false
  const { tell, outcome, dispatch, line } = terminal({
    'printer.print': async (_, context) => {
      context.progress({ step: 'converting' })
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve))
      await context.effectBegins()
      begun = true
      return printed
    },
  })
  const message = commandMessage('printer.print', printer)
  tell(message)
  const { v, ts, boot, run, seq, id } = message
  await line.until(() => line.reports(id).some(({ progress }) => progress?.step === 'converting'))
  dispatch.cancel({ v, ts, boot, run, seq, id })
  assert.is((await outcome(id)).state, 'cancelled')
  assert.is(begun, false)
})

aCommand('is cancelled in the moment in which it was told', async () => {
  let ran = false
  const { tell, outcome, dispatch } = terminal({
    'printer.print': async () => {
      ran = true
      return printed
    },
  })
  const message = commandMessage('printer.print', printer)
  tell(message)
  const { v, ts, boot, run, seq, id } = message
  dispatch.cancel({ v, ts, boot, run, seq, id })
  assert.is((await outcome(id)).state, 'cancelled')
  assert.is(ran, false)
})

aCommand('told twice runs once, and the second time is answered with the outcome', async () => {
  let runs = 0
  const first = Promise.withResolvers<unknown>()
  const { tell, outcome, line } = terminal({
    'printer.print': () => {
      runs += 1
      return first.promise
    },
  })
  const message = commandMessage('printer.print', printer)
  tell(message)
  tell(message)
  await line.until(() => line.reports(message.id).some(({ repeated }) => repeated))
  first.resolve(printed)
  await outcome(message.id)
  tell(message)
  await line.until(() => line.reports(message.id).some(({ repeated, state }) => repeated && isFinal(state)))
  assert.equal(line.reports(message.id).at(-1), {
    id: message.id,
    state: 'succeeded',
    result: printed,
    repeated: true,
  })
  assert.is(runs, 1)
})

aCommand('tells every finished page, and merges the rest to four reports a second', async () => {
  const { tell, outcome, line } = terminal({
    'scanner.scan': async (_, { progress }) => {
      for (let number = 1; number <= 20; number++) {
        for (let percent = 0; percent < 100; percent += 5)
          progress({ step: 'scanning', page: number, percent })
        progress({ step: 'scanning', page: number, finished: page })
        await new Promise((resolve) => setImmediate(resolve))
      }
      return { pages: [] }
    },
  })
  const message = commandMessage('scanner.scan', scan)
  tell(message)
  await outcome(message.id)
  const pages = line
    .reports(message.id)
    .flatMap(({ progress }) => (progress?.finished ? [progress.page] : []))
  assert.equal(
    pages,
    Array.from({ length: 20 }, (_, index) => index + 1),
  )
  const merged = line.reports(message.id).filter(({ progress }) => progress && !progress.finished)
  assert.ok(merged.length <= 5, `${merged.length} reports were sent`)
})

aCommand('brings its pages and its outcome over a line that was down', async () => {
  const pages = [1, 2, 3]
  const { tell, outcome, line } = terminal({
    'scanner.scan': async (_, { progress }) => {
      line.fall()
      for (const number of pages) progress({ step: 'scanning', page: number, finished: page })
      return { pages: [page] }
    },
  })
  const message = commandMessage('scanner.scan', scan)
  tell(message)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(
    line.reports(message.id).filter(({ state }) => state !== 'received'),
    [],
  )
  line.rise()
  assert.is((await outcome(message.id)).state, 'succeeded')
  const told = line.reports(message.id).flatMap(({ progress }) => (progress?.finished ? [progress.page] : []))
  assert.equal(told, pages)
})

aCommand('that a power cut took still shows each page it had finished, before its outcome', async () => {
  const { dispatch, journal, outcome, line } = terminal(
    {},
    { artefacts: { keptBy: () => [page.artefact], pagesOf: () => [page], delivered: async () => {} } },
  )
  const { id } = commandMessage('scanner.scan', scan)
  journal.receive({ id, name: 'scanner.scan', expiresAt: Date.now() + 60_000 })
  dispatch.start()
  assert.is((await outcome(id)).error?.code, 'truncated')
  assert.equal(
    line.reports(id).map(({ state, progress }) => [state, progress?.finished]),
    [
      ['running', page],
      ['failed', undefined],
    ],
  )
})

aCommand('whose report is lost on its way is reported again', async () => {
  const { tell, outcome, line } = terminal({ 'scanner.scan': async () => ({ pages: [] }) })
  const message = commandMessage('scanner.scan', scan)
  line.lose(2)
  tell(message)
  assert.is((await outcome(message.id)).state, 'succeeded')
})

aCommand('is not over for the fleet before its files are there', async () => {
  const there = Promise.withResolvers<void>()
  const { tell, outcome, line, finals } = terminal(
    { 'scanner.scan': async () => ({ pages: [page] }) },
    { artefacts: { keptBy: () => [page.artefact], pagesOf: () => [], delivered: () => there.promise } },
  )
  const message = commandMessage('scanner.scan', scan)
  tell(message)
  await new Promise((resolve) => setTimeout(resolve, 10))
  tell(message)
  await line.until(() => line.reports(message.id).some(({ progress }) => progress?.step === 'uploading'))
  assert.equal(finals(message.id), [])
  there.resolve()
  assert.is((await outcome(message.id)).state, 'succeeded')
})

aCommand('whose file is lost for good has failed', async () => {
  const lost = async () => {
    throw new CommandError('internal', 'A file of the command was lost')
  }
  const { tell, outcome } = terminal(
    { 'scanner.scan': async () => ({ pages: [page] }) },
    { artefacts: { keptBy: () => [page.artefact], pagesOf: () => [], delivered: lost } },
  )
  const message = commandMessage('scanner.scan', scan)
  tell(message)
  assert.is((await outcome(message.id)).state, 'failed')
})

aCommand('does what it left for afterwards only when its answer is with the fleet', async () => {
  const order: string[] = []
  const { tell, outcome, line, finals } = terminal({
    'terminal.restart': async (_, context) => {
      await context.effectBegins()
      context.afterReport(() => order.push(`restart after ${finals(context.id).length} answers`))
      return {}
    },
  })
  const message = commandMessage('terminal.restart', {})
  line.fall()
  tell(message)
  await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(order, [])
  line.rise()
  await outcome(message.id)
  assert.equal(order, ['restart after 1 answers'])
})

aCommand('beyond a sane number is answered busy', async () => {
  const { tell, outcome, dispatch } = terminal({ 'printer.describe': () => new Promise(() => {}) })
  for (let count = 0; count < 64; count++) tell(commandMessage('printer.describe', {}))
  const message = commandMessage('printer.describe', {})
  tell(message)
  assert.is((await outcome(message.id)).error?.code, 'busy')
  await dispatch.stop()
})

aCommand('whose outcome a full disk did not take gets one when it is told again', async () => {
  const { tell, outcome, journal } = terminal({})
  const { finish } = journal
  for (const begun of [false, true]) {
    const message = commandMessage('printer.fax', printer)
    journal.finish = () => {
      throw new Error('database or disk is full')
    }
    tell(message)
    if (begun) journal.begin(message.id)
    journal.finish = finish
    tell(message)
    assert.is((await outcome(message.id)).state, begun ? 'unknown' : 'failed')
    tell(message)
    assert.is((await outcome(message.id)).state, begun ? 'unknown' : 'failed')
  }
})

aCommand('whose outcome a full disk did not take gets one when it is cancelled', async () => {
  const { tell, outcome, journal, dispatch } = terminal({})
  const { finish } = journal
  const message = commandMessage('printer.fax', printer)
  journal.finish = () => {
    throw new Error('database or disk is full')
  }
  tell(message)
  journal.finish = finish
  const { v, ts, boot, run, seq, id } = message
  dispatch.cancel({ v, ts, boot, run, seq, id })
  assert.is((await outcome(id)).state, 'failed')
})

aCommand('from before a lost journal is unknown when its effect cannot be repeated', async () => {
  const { tell, outcome } = terminal(
    { 'printer.print': async () => printed },
    { blindBefore: () => Date.now() + 1000 },
  )
  const message = commandMessage('printer.print', printer)
  tell(message)
  assert.is((await outcome(message.id)).state, 'unknown')
})

aCommand(
  'of which the journal may have forgotten an earlier time is expired, whatever the clock says',
  async () => {
    let runs = 0
    const machine = createClock({ wall: () => 0, monotonic: () => 0 })
    const { tell, outcome, journal } = terminal(
      {
        'printer.print': async () => {
          runs += 1
          return printed
        },
      },
      { clock: machine },
    )
    const long = Date.now() - 8 * 24 * 3_600_000
    const replayed = commandMessage('printer.print', printer, {
      ts: long,
      issuedAt: long,
      expiresAt: long + 60_000,
    })
    for (let count = 0; count < 50; count += 1) {
      const id = uuidv7()
      journal.receive({ id, name: 'printer.describe', expiresAt: replayed.expiresAt })
      journal.finish({ id, name: 'printer.describe' }, { state: 'succeeded' })
      journal.reported(id)
    }
    for (let count = 0; count < 1000; count += 1) {
      journal.receive({ id: uuidv7(), name: 'printer.describe', expiresAt: Date.now() + 60_000 })
    }
    tell(replayed)
    assert.is((await outcome(replayed.id)).state, 'expired')
    assert.is(runs, 0)
  },
)

aCommand.run()

const aRestart = suite('an agent that starts again')

aRestart('reports what a crash interrupted and what nobody acknowledged', async () => {
  const { dispatch, journal, outcome } = terminal({})
  const [begun, received, done] = [uuidv7(), uuidv7(), uuidv7()]
  for (const id of [begun, received, done]) {
    journal.receive({ id, name: 'printer.print', expiresAt: Date.now() + 60_000 })
  }
  journal.begin(begun)
  journal.finish({ id: done, name: 'printer.print' }, { state: 'succeeded', result: printed })
  dispatch.start()
  assert.is((await outcome(begun)).state, 'unknown')
  assert.is((await outcome(received)).state, 'failed')
  assert.equal((await outcome(done)).result, printed)
  assert.equal(journal.unreported(), [])
})

aRestart('had stopped what ran, and says so before it goes', async () => {
  const { dispatch, tell, outcome, finals } = terminal({
    'scanner.scan': (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  })
  const message = commandMessage('scanner.scan', scan)
  tell(message)
  await dispatch.stop()
  const { state, error } = await outcome(message.id)
  assert.equal([state, error?.code, error?.retryable], ['cancelled', 'cancelled', true])
  const late = commandMessage('scanner.scan', scan)
  tell(late)
  assert.equal(finals(late.id), [], 'what comes now is left to the next run')
})

aRestart.run()
