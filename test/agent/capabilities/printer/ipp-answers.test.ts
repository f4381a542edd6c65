import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobStatus, PrintJob } from '../../../../agent/capabilities/printer/driver.ts'
import { createIppDriver } from '../../../../agent/capabilities/printer/ipp.ts'
import type { IppAttributes } from '../../../../agent/devices/ipp/ipp.ts'
import { CommandError, type ErrorCode } from '../../../../protocol/errors.ts'
import { attributes, type Operation, operationOf, serveIpp } from '../../../support/ipp-server.ts'

const folder = await mkdtemp(join(tmpdir(), 'avyl-answers-'))
const file = join(folder, 'document.pdf')
await writeFile(file, '%PDF-1.4')

const never = (): AbortSignal => new AbortController().signal

/** A printer that can do everything and has always just completed its job. */
const able = {
  'operations-supported': { tag: 'enum', value: 2 },
  'document-format-supported': 'application/pdf',
  'printer-state': 3,
  'printer-state-reasons': 'none',
} as const
const completed = { 'job-id': 1, 'job-state': 9, 'job-state-reasons': 'none', 'job-impressions-completed': 1 }

type Answer = { code: number } | { printer: IppAttributes } | { job: IppAttributes } | undefined
type Answers = Partial<Record<Operation, (nth: number) => Answer>>

/** Prints on a printer that answers so; tells how it ended, what was seen and what was asked. */
const printOn = async (
  answers: Answers,
  change: Partial<PrintJob> = {},
  signal = never(),
  patienceMs = 60,
) => {
  const asked: string[] = []
  const printer = attributes(able)
  const server = await serveIpp(({ message }) => {
    const operation = operationOf(message) ?? 'Print-Job'
    asked.push(operation)
    const nth = asked.filter((other) => other === operation).length
    const answer = answers[operation]
      ? answers[operation](nth)
      : operation === 'Get-Printer-Attributes'
        ? { printer }
        : { job: attributes(completed) }
    if (answer === undefined) return undefined
    if ('code' in answer) return { code: answer.code, groups: [] }
    const [tag, group] =
      'printer' in answer ? (['printer', answer.printer] as const) : (['job', answer.job] as const)
    return { code: 0, groups: [{ tag, attributes: group }] }
  })
  const seen: JobStatus[] = []
  const driver = createIppDriver({ uri: server.uri, pollMs: 5, patienceMs, cancelMs: 500 })
  const job: PrintJob = {
    file,
    mediaType: 'application/pdf',
    name: 'Avyl',
    copies: 1,
    duplex: 'none',
    ranges: [],
    colour: true,
    ...change,
  }
  try {
    const status = await driver.print(
      job,
      signal,
      (now) => seen.push(now),
      async () => undefined,
    )
    return { status, code: undefined, seen, asked }
  } catch (error) {
    assert.instance(error, CommandError)
    return { status: undefined, code: (error as CommandError).code, seen, asked }
  } finally {
    await server.stop()
  }
}

const answers = suite('a print driver copes with a printer that')

answers('has no Create-Job: the document goes with the job', async () => {
  const { status, asked } = await printOn({})
  assert.is(status?.state, 'completed')
  assert.equal(asked.slice(0, 3), ['Get-Printer-Attributes', 'Validate-Job', 'Print-Job'])
})

answers('is busy three times', async () => {
  const { status, seen } = await printOn({
    'Print-Job': (nth) => (nth <= 3 ? { code: 0x0507 } : { job: attributes(completed) }),
  })
  assert.is(status?.state, 'completed')
  assert.is(seen[0]?.job, 0)
})

const refusals: readonly (readonly [number, ErrorCode])[] = [
  [0x040a, 'unsupported'],
  [0x040b, 'unsupported'],
  [0x0411, 'invalid'],
  [0x0403, 'refused'],
  [0x0504, 'device-fault'],
]
for (const [code, expected] of refusals) {
  answers(`refuses a job with status 0x${code.toString(16)}: ${expected}`, async () => {
    assert.is((await printOn({ 'Validate-Job': () => ({ code }) })).code, expected)
  })
}

answers('falls silent within the document: the outcome is unknown', async () => {
  assert.is((await printOn({ 'Print-Job': () => undefined })).code, 'unknown-outcome')
})

answers('falls silent for a moment', async () => {
  const moment: Answers = {
    'Get-Job-Attributes': (nth) => (nth <= 3 ? undefined : { job: attributes(completed) }),
  }
  const { status } = await printOn(moment, {}, never(), 30_000)
  assert.is(status?.state, 'completed')
})

answers('falls silent for good: the outcome is unknown', async () => {
  assert.is((await printOn({ 'Get-Job-Attributes': () => undefined })).code, 'unknown-outcome')
})

answers('forgets the job: the outcome is unknown', async () => {
  assert.is((await printOn({ 'Get-Job-Attributes': () => ({ code: 0x0406 }) })).code, 'unknown-outcome')
})

answers('does not tell the state of the job: the outcome is unknown', async () => {
  assert.is((await printOn({ 'Get-Job-Attributes': () => ({ job: new Map() }) })).code, 'unknown-outcome')
})

answers('stops again and again: it is started three times, not for ever', async () => {
  const stopped = attributes({ ...able, 'printer-state': 5, 'printer-state-reasons': 'paused' })
  const { code, asked } = await printOn({
    'Get-Printer-Attributes': () => ({ printer: stopped }),
    'Get-Job-Attributes': () => ({ job: attributes({ ...completed, 'job-state': 3 }) }),
  })
  assert.is(code, 'device-fault')
  assert.is(asked.filter((operation) => operation === 'Resume-Printer').length, 3)
  assert.is(asked.at(-1), 'Cancel-Job')
})

answers('cannot be started again, and is left to its deadline', async () => {
  const stop = new AbortController()
  const stopped = attributes({ ...able, 'printer-state': 5, 'printer-state-reasons': 'media-jam-error' })
  const { code, asked } = await printOn(
    {
      'Get-Printer-Attributes': () => ({ printer: stopped }),
      'Get-Job-Attributes': (nth) => {
        if (nth === 20) stop.abort(new CommandError('timeout', 'Too late'))
        return { job: attributes({ ...completed, 'job-state': 6 }) }
      },
    },
    {},
    stop.signal,
  )
  assert.is(code, 'jam')
  assert.not.ok(asked.includes('Resume-Printer'))
})

answers('ends a job without a word', async () => {
  const ended = (state: number, reason: string) => ({
    'Get-Job-Attributes': () => ({
      job: attributes({ ...completed, 'job-state': state, 'job-state-reasons': reason }),
    }),
  })
  assert.is((await printOn(ended(8, 'none'))).code, 'device-fault')
  assert.is((await printOn(ended(8, 'document-format-error'))).code, 'invalid')
  assert.is((await printOn(ended(8, 'unsupported-document-format'))).code, 'unsupported')
  assert.is((await printOn(ended(7, 'none'))).code, 'cancelled')
  assert.is((await printOn(ended(7, 'job-canceled-at-device'))).code, 'cancelled')
})

answers('drops its reason together with the job', async () => {
  const jam = attributes({ ...able, 'printer-state-reasons': 'media-jam' })
  const { code } = await printOn({
    'Get-Printer-Attributes': (nth) => ({ printer: nth <= 2 ? jam : attributes(able) }),
    'Get-Job-Attributes': (nth) => ({ job: attributes({ ...completed, 'job-state': nth === 1 ? 5 : 8 }) }),
  })
  assert.is(code, 'jam')
})

answers('calls a job completed that it jams on, as CUPS does', async () => {
  const jam = attributes({ ...able, 'printer-state-reasons': 'media-jam-report' })
  const { code } = await printOn({
    'Get-Printer-Attributes': (nth) => ({ printer: nth === 1 ? attributes(able) : jam }),
  })
  assert.is(code, 'jam')
  const old = await printOn({ 'Get-Printer-Attributes': () => ({ printer: jam }) })
  assert.is(old.status?.state, 'completed')
})

answers('lacks what the job asks for: it is refused before anything begins', async () => {
  for (const change of [
    { duplex: 'long-edge' },
    { copies: 2 },
    { ranges: [[1, 2]] },
    { mediaType: 'image/jpeg' },
  ] as const) {
    const { code, asked } = await printOn({}, change)
    assert.is(code, 'unsupported')
    assert.equal(asked, ['Get-Printer-Attributes'])
  }
})

answers('takes a job while it is being stopped: that job is cancelled', async () => {
  const stop = new AbortController()
  const reason = new CommandError('cancelled', 'Stopped')
  const printer = new Map([
    ...attributes(able),
    ['operations-supported', [2, 5, 6].map((value) => ({ tag: 'enum', value }) as const)] as const,
  ])
  let cancelled = (): void => undefined
  const cancellation = new Promise<void>((resolve) => {
    cancelled = resolve
  })
  const server = await serveIpp(({ message }) => {
    const operation = operationOf(message)
    if (operation === 'Create-Job') stop.abort(reason)
    if (operation === 'Cancel-Job') cancelled()
    return {
      code: 0,
      groups: [
        operation === 'Get-Printer-Attributes'
          ? { tag: 'printer', attributes: printer }
          : { tag: 'job', attributes: attributes(completed) },
      ],
    }
  })
  const attempt = createIppDriver({ uri: server.uri }).print(
    { file, mediaType: 'application/pdf', name: 'Avyl', copies: 1, duplex: 'none', ranges: [], colour: true },
    stop.signal,
    () => undefined,
    async () => assert.unreachable('the effect began'),
  )
  assert.is(await attempt.catch((error: unknown) => error), reason)
  await cancellation
  await server.stop()
})

const notPossible = { code: 0x0404 }

/** Stops the command at the first look at its job, and lets the printer refuse to cancel it. */
const stopAndRefuse = async (then: () => Answer) => {
  const stop = new AbortController()
  return printOn(
    {
      'Get-Job-Attributes': (nth) => {
        stop.abort(new CommandError('cancelled', 'Stopped'))
        return nth === 1 ? { job: attributes({ ...completed, 'job-state': 5 }) } : then()
      },
      'Cancel-Job': () => notPossible,
    },
    {},
    stop.signal,
  )
}

answers('cannot cancel a job that has come out: it is told as printed, not as cancelled', async () => {
  const { status, seen } = await stopAndRefuse(() => ({ job: attributes(completed) }))
  assert.is(status?.state, 'completed')
  assert.is(seen.at(-1)?.state, 'completed')
})

answers('cannot cancel a job that has ended without paper: it is cancelled', async () => {
  for (const state of [7, 8]) {
    const { code } = await stopAndRefuse(() => ({ job: attributes({ ...completed, 'job-state': state }) }))
    assert.is(code, 'cancelled')
  }
})

answers('cannot cancel a job and goes on with it, or falls silent: nobody knows what comes out', async () => {
  for (const state of [3, 5, 6]) {
    const { code } = await stopAndRefuse(() => ({ job: attributes({ ...completed, 'job-state': state }) }))
    assert.is(code, 'unknown-outcome')
  }
  assert.is((await stopAndRefuse(() => undefined)).code, 'unknown-outcome')
})

answers('is stopped while it gets a document whose job has no number yet: nobody knows', async () => {
  const stop = new AbortController()
  const { code } = await printOn(
    {
      'Print-Job': () => {
        stop.abort(new CommandError('cancelled', 'Stopped'))
        return undefined
      },
    },
    {},
    stop.signal,
  )
  assert.is(code, 'unknown-outcome')
})

answers.after(() => rm(folder, { recursive: true }))
answers.run()
