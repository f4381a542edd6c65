import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobStatus } from '../../../../agent/capabilities/printer/driver.ts'
import { createIppDriver } from '../../../../agent/capabilities/printer/ipp.ts'
import {
  decodeMessage,
  encodeMessage,
  type IppAttributes,
  type IppGroup,
  operations,
} from '../../../../agent/devices/ipp/ipp.ts'
import { CommandError } from '../../../../protocol/errors.ts'
import { attributes, type Operation, operationOf, serveHttp } from '../../../support/ipp-server.ts'

const folder = await mkdtemp(join(tmpdir(), 'avyl-standstill-'))
/** More than fits into what lies between the two. */
const file = join(folder, 'document.pdf')
await writeFile(file, Buffer.alloc(16 * 1024 * 1024))

const twoSteps = ['Print-Job', 'Create-Job', 'Send-Document'] as const
const oneStep = ['Print-Job'] as const

const printerWith = (takes: readonly Operation[], reasons: string): IppAttributes =>
  new Map([
    ...attributes({
      'document-format-supported': 'application/pdf',
      'printer-state': 3,
      'printer-state-reasons': reasons,
    }),
    ['operations-supported', takes.map((name) => ({ tag: 'enum', value: operations[name] }) as const)],
  ])

const jobIn = (state: number): IppAttributes =>
  attributes({ 'job-id': 1, 'job-state': state, 'job-state-reasons': 'none', 'job-impressions-completed': 0 })

/** A printer and its job while the document stands still; `undefined` answers nothing. */
interface Standstill {
  readonly reasons: string
  readonly state: number
}

interface Options {
  readonly takes?: readonly Operation[]
  /** Called at each look at the printer with what makes it read on. */
  readonly looked?: (readOn: () => void) => void
  readonly signal?: AbortSignal
  readonly patienceMs?: number
}

/** Prints on a printer that stops reading within the document, and prints it at once when it has read on. */
const printOn = async (
  still: Standstill | undefined,
  { takes = twoSteps, looked, signal = new AbortController().signal, ...options }: Options = {},
) => {
  const asked: (Operation | undefined)[] = []
  let held: IncomingMessage | undefined
  let whole = false
  const answer = (operation: Operation | undefined): IppGroup | undefined => {
    const stands = held !== undefined && !whole
    if (stands && still === undefined) return undefined
    if (operation === 'Get-Printer-Attributes') {
      return { tag: 'printer', attributes: printerWith(takes, stands ? (still?.reasons ?? '') : 'none') }
    }
    return { tag: 'job', attributes: jobIn(stands ? (still?.state ?? 0) : 9) }
  }
  const reply = (start: Buffer, response: ServerResponse): void => {
    const { message } = decodeMessage(start)
    const group = answer(operationOf(message))
    if (group === undefined) return void response.destroy()
    const { requestId } = message
    response.writeHead(200, { 'content-type': 'application/ipp' })
    response.end(encodeMessage({ version: [2, 0], code: 0, requestId, groups: [group] }))
  }
  const server = await serveHttp((request, response) => {
    request.once('data', (start: Buffer) => {
      const operation = operationOf(decodeMessage(start).message)
      asked.push(operation)
      request.once('end', () => {
        whole ||= request === held
        reply(start, response)
      })
      if (operation === 'Print-Job' || operation === 'Send-Document') held = request.pause()
      else if (held && operation === 'Get-Printer-Attributes') looked?.(() => held?.resume())
    })
  })
  const seen: JobStatus[] = []
  const driver = createIppDriver({ uri: server.uri, pollMs: 5, stillMs: 50, cancelMs: 500, ...options })
  const document = { file, mediaType: 'application/pdf', name: 'Avyl', copies: 1 } as const
  const ending = driver.print(
    { ...document, duplex: 'none', ranges: [], colour: true },
    signal,
    (now) => seen.push(now),
    async () => undefined,
  )
  try {
    return { state: (await ending).state, seen, asked }
  } catch (thrown) {
    assert.instance(thrown, CommandError)
    return { code: (thrown as CommandError).code, seen, asked }
  } finally {
    await server.stop()
  }
}

const noPaper = { reasons: 'media-empty-error', state: 5 }

const standstill = suite('a printer that stops reading within the document')

for (const takes of [twoSteps, oneStep]) {
  standstill(`is waited for until it has paper again; it takes a job by ${takes.at(-1)}`, async () => {
    let looks = 0
    const looked = (readOn: () => void): void => {
      looks += 1
      if (looks === 3) readOn()
    }
    const { state, seen, asked } = await printOn(noPaper, { takes, looked })
    assert.is(state, 'completed')
    assert.equal(seen[0]?.reasons, [{ reason: 'media-empty', severity: 'error' }])
    assert.not.ok(asked.includes('Cancel-Job'))
  })
}

standstill('until the deadline: its job is taken back, and people are told what was missing', async () => {
  const stop = new AbortController()
  let looks = 0
  const looked = (): void => {
    looks += 1
    // The first look has told what is missing.
    if (looks === 2) stop.abort(new CommandError('timeout', 'Too late'))
  }
  const { code, asked } = await printOn(noPaper, { signal: stop.signal, looked })
  assert.is(code, 'no-paper')
  assert.is(asked.at(-1), 'Cancel-Job')
})

standstill('because somebody cancelled the job at its panel: it is cancelled', async () => {
  const { code } = await printOn({ reasons: 'none', state: 7 })
  assert.is(code, 'cancelled')
})

standstill('and answers nothing at all: nobody knows what comes out', async () => {
  const { code, asked } = await printOn(undefined, { patienceMs: 60 })
  assert.is(code, 'unknown-outcome')
  assert.is(asked.at(-1), 'Cancel-Job')
})

standstill.after(() => rm(folder, { recursive: true }))
standstill.run()
