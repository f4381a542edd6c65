import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ApiProblem } from '../../fleet/web/api.ts'
import type { PrinterDescription } from '../../protocol/capabilities/printer.ts'
import type { Progress } from '../../protocol/messages.ts'
import { scratch } from '../support/agent-parts.ts'
import { pdfOf } from '../support/plain-pdf.ts'
import { type OpenVillage, openVillage } from '../support/village/village.ts'

const anExpert = suite('an expert prints')
let village: OpenVillage

anExpert.before(async () => {
  village = await openVillage()
})
anExpert.after(() => village?.close())

const bring = async (bytes: Uint8Array, mediaType: string): Promise<string> =>
  (await village.api.upload(Buffer.from(bytes), mediaType)).id

const print = async (terminal: string, document: string, options: object = {}): Promise<string> =>
  village.ask(terminal, 'printer.print', { document, ...options })

const picture = () => sharp({ create: { width: 400, height: 600, channels: 3, background: '#abc' } })

anExpert('a PDF as it is, with every option in the words of the printer', async () => {
  const { station, id } = village.sane
  const bytes = await pdfOf(3)
  const document = await bring(bytes, 'application/pdf')
  const options = { copies: 2, duplex: 'long-edge', pages: '1-2', colour: false }
  const { command } = await village.end(await print(id, document, options))
  assert.is(command.state, 'succeeded', JSON.stringify(command.error))
  const job = station.paper.jobs.at(-1)
  assert.equal(
    [job?.name, job?.copies, job?.sides, job?.pageRanges, job?.colourMode],
    [`Avyl ${command.id}`, 2, 'two-sided-long-edge', '1-2', 'monochrome'],
  )
  assert.equal((command.result as { impressions: number }).impressions, 4)
  assert.ok((await readFile(job?.file ?? '')).equals(bytes))
})

anExpert('a JPEG as it is, a PNG as what the printer takes', async () => {
  const { station, id } = village.mfp
  for (const [bytes, mediaType, printed] of [
    [await picture().jpeg().toBuffer(), 'image/jpeg', 'image/jpeg'],
    [await picture().png().toBuffer(), 'image/png', 'image/pwg-raster'],
  ] as const) {
    const { command } = await village.end(await print(id, await bring(bytes, mediaType)))
    assert.is(command.state, 'succeeded', JSON.stringify(command.error))
    assert.is(station.paper.jobs.at(-1)?.mediaType, printed)
  }
})

anExpert('without paper, sees what is missing, and the job goes on when there is some', async () => {
  const { station, id } = village.sane
  const document = await bring(await pdfOf(1), 'application/pdf')
  await station.paper.behave({ faults: ['media-empty'] })
  const command = await print(id, document)
  await village.watch(command, ({ data }) => (data as Progress).reasons?.includes('media-empty'))
  assert.is((await village.api.command(command)).state, 'running')
  await station.paper.behave({ faults: [] })
  assert.is((await village.end(command)).command.state, 'succeeded')
})

anExpert('and a jam ends the job with its name', async () => {
  const { station, id } = village.sane
  const document = await bring(await pdfOf(1), 'application/pdf')
  await station.paper.behave({ faults: ['media-jam'], aborts: true })
  const { command } = await village.end(await print(id, document))
  await station.paper.behave({ faults: [], aborts: false })
  assert.equal([command.state, command.error?.code, command.error?.retryable], ['failed', 'jam', false])
  const next = await village.end(await print(id, document))
  assert.is(next.command.state, 'succeeded', JSON.stringify(next.command.error))
})

anExpert('and reads of the printer that its toner is low', async () => {
  const { station, id } = village.mfp
  await station.paper.setSupplies([50, 3])
  const { command } = await village.end(await village.ask(id, 'printer.describe', {}))
  const { reasons, supplies } = command.result as PrinterDescription
  assert.equal(
    reasons.map(({ reason }) => reason),
    ['toner-low'],
  )
  assert.is(supplies[1]?.level, 3)
})

anExpert('a page that the document lacks, or what was never a document, and reads why not', async () => {
  const document = await bring(await pdfOf(2), 'application/pdf')
  const { command } = await village.end(await print(village.sane.id, document, { pages: '2-3' }))
  assert.equal([command.state, command.error?.code], ['failed', 'invalid'])
  const folder = scratch()
  await writeFile(join(folder, 'plain.pdf'), await pdfOf(1))
  const files = [join(folder, 'plain.pdf'), join(folder, 'locked.pdf')] as const
  await promisify(execFile)('qpdf', ['--encrypt', 'secret', 'owner', '256', '--', ...files])
  const refusals: [Promise<Buffer>, string, string][] = [
    [readFile(files[1]), 'application/pdf', 'document-encrypted'],
    [Promise.resolve(Buffer.from('%PDF-1.7 and nothing else')), 'application/pdf', 'document-damaged'],
    [Promise.resolve(Buffer.from('a text')), 'image/png', 'document-damaged'],
    [Promise.resolve(Buffer.from('a text')), 'text/plain', 'unsupported-media-type'],
  ]
  for (const [bytes, mediaType, code] of refusals) {
    const problem = await bring(await bytes, mediaType).catch((error: unknown) => error)
    assert.is((problem as ApiProblem).code, code)
  }
})

anExpert('and takes it back while it waits: the printer stops', async () => {
  const { station, id } = village.mfp
  await station.paper.behave({ sideMs: 60_000 })
  const command = await print(id, await bring(await pdfOf(1), 'application/pdf'))
  await village.watch(command, ({ data }) => (data as Progress).step === 'printing')
  await village.api.cancel(command)
  const over = await village.end(command)
  await station.paper.behave({ sideMs: 10 })
  assert.equal([over.command.state, over.command.error?.code], ['cancelled', 'cancelled'])
  assert.is((await village.end(await village.ask(id, 'printer.describe', {}))).command.state, 'succeeded')
})

anExpert.run()
