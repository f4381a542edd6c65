import { readdir, watch } from 'node:fs/promises'
import { join } from 'node:path'
import { PDFDocument } from 'pdf-lib'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Band, Command } from '../../fleet/api/schemas.ts'
import { ApiProblem } from '../../fleet/web/api.ts'
import type { ScanInput, ScanOutput } from '../../protocol/capabilities/scanner.ts'
import type { Progress } from '../../protocol/messages.ts'
import { openEvents } from '../../simulator/live-events.ts'
import { type OpenVillage, openVillage } from '../support/village/village.ts'

const anExpert = suite('an expert scans')
let village: OpenVillage

anExpert.before(async () => {
  village = await openVillage()
})
anExpert.after(() => village?.close())

const scan = (terminal: string, input: Partial<ScanInput> = {}): Promise<string> =>
  village.ask(terminal, 'scanner.scan', {
    ...{ source: 'flatbed', dpi: 75, mode: 'colour', format: 'jpeg' },
    ...input,
  })

const outputOf = ({ state, result, error }: Command): ScanOutput => {
  assert.is(state, 'succeeded', JSON.stringify(error))
  return result as ScanOutput
}

const problemOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'none',
    (error: unknown) => (error instanceof ApiProblem ? error.code : String(error)),
  )

/** Resolves when nothing lies in the folder any more. */
const emptied = async (folder: string): Promise<void> => {
  const changes = watch(folder, { signal: AbortSignal.timeout(20_000) })
  while ((await readdir(folder)).length > 0) await changes.next()
  await changes.return?.()
}

const formats = [
  ['jpeg', 'jpeg', 'colour'],
  ['png', 'png', 'grey'],
  ['tiff', 'tiff', 'blackwhite'],
] as const

for (const [format, written, mode] of formats) {
  anExpert(`the glass as ${format}, by SANE and by eSCL`, async () => {
    for (const { id } of [village.sane, village.mfp]) {
      const { command } = await village.end(await scan(id, { format, mode, clean: false }))
      const [page] = outputOf(command).pages
      const picture = await sharp(await village.bytes(page?.artefact ?? '')).metadata()
      assert.equal([picture.format, picture.width, picture.height], [written, page?.width, page?.height])
      assert.ok(Math.abs((picture.width ?? 0) - 620) < 25, `${id} is ${picture.width} wide`)
      assert.equal(command.pages, outputOf(command).pages)
    }
  })
}

anExpert('the glass as one PDF, and finds no page on the terminal afterwards', async () => {
  for (const { id, folder } of [village.sane, village.mfp]) {
    const { command } = await village.end(await scan(id, { format: 'pdf' }))
    const { document = '', pages } = outputOf(command)
    const pdf = await PDFDocument.load(await village.bytes(document))
    assert.equal([pdf.getPageCount(), pages.length], [1, 1])
    const preview = await village.api.send('GET', `/artefacts/${pages[0]?.artefact}/preview`)
    assert.is(preview.headers.get('content-type'), 'image/jpeg')
    await preview.arrayBuffer()
    await emptied(join(folder, 'data', 'artefacts'))
  }
})

anExpert('a part of the glass', async () => {
  const area = { x: 20, y: 30, width: 50.8, height: 25.4 }
  for (const { id } of [village.sane, village.mfp]) {
    const { command } = await village.end(await scan(id, { area, dpi: 100, clean: false }))
    const [page] = outputOf(command).pages
    assert.ok(Math.abs((page?.width ?? 0) - 200) <= 4, `${page?.width} wide`)
    assert.ok(Math.abs((page?.height ?? 0) - 100) <= 4, `${page?.height} high`)
  }
})

anExpert('and sees the page grow before it is there, also from a second window', async () => {
  const { mfp } = village
  mfp.station.mfp?.setSpeed({ pageSeconds: 2 })
  const id = await scan(mfp.id)
  let again: Promise<string[]> | undefined
  const seen: string[] = []
  await village.watch(id, ({ event, data }) => {
    if (event === 'band') {
      assert.ok((data as Band).jpeg.length > 100)
      again ??= (async () => {
        const late: string[] = []
        for await (const one of await openEvents(village.api, `/commands/${id}/events`)) late.push(one.event)
        return late
      })()
    }
    seen.push(event === 'state' ? (data as Command).state : event)
    if ((data as Progress).finished) seen.push('page')
  })
  mfp.station.mfp?.setSpeed({})
  assert.is(seen.at(-1), 'succeeded')
  assert.ok(seen.indexOf('band') >= 0 && seen.indexOf('band') < seen.indexOf('page'), seen.join())
  const late = (await again) ?? []
  assert.equal([late[0], late[1], late.at(-1)], ['state', 'band', 'state'])
  const { events } = await village.end(id)
  assert.equal(
    events.map(({ event, data }) => [event, (data as Command).state]),
    [['state', 'succeeded']],
  )
})

anExpert(
  'a stack from the feeder, and puts its pages together: turned, in another order, without one',
  async () => {
    const { mfp } = village
    const { glass } = mfp.station.mfp ?? {}
    assert.ok(glass)
    await mfp.station.mfp?.loadFeeder([glass, glass, glass])
    const { command, events } = await village.end(
      await scan(mfp.id, { source: 'feeder', mode: 'grey', clean: false }),
    )
    const { pages } = outputOf(command)
    assert.is(pages.length, 3)
    const told = events.flatMap(({ event, data }) =>
      event === 'progress' ? ((data as Progress).finished?.artefact ?? []) : [],
    )
    assert.equal(
      told,
      pages.map(({ artefact }) => artefact),
    )
    const [first, , third] = pages
    const made = await village.api.compose({
      pages: [
        { artefact: third?.artefact ?? '', rotate: 90 },
        { artefact: first?.artefact ?? '', rotate: 0 },
      ],
    })
    assert.is(made.pages, 2)
    const whole = await village.bytes(made.id)
    const pdf = await PDFDocument.load(whole)
    const sizes = pdf.getPages().map((page) => {
      const { width, height } = page.getSize()
      return (page.getRotation().angle / 90) % 2 === 0 ? width < height : width > height
    })
    assert.equal(sizes, [false, true], 'the first page lies, the second stands')
    const part = await village.api.send('GET', `/artefacts/${made.id}`, { headers: { range: 'bytes=10-99' } })
    assert.is(part.status, 206)
    assert.is(part.headers.get('content-range'), `bytes 10-99/${whole.length}`)
    assert.ok(whole.subarray(10, 100).equals(Buffer.from(await part.arrayBuffer())))
  },
)

anExpert(
  'with the feeder empty, at a resolution or an area that the scanner lacks, and reads why not',
  async () => {
    const { mfp, sane } = village
    await mfp.station.mfp?.loadFeeder([])
    const area = { x: 0, y: 0, width: 400, height: 400 }
    const attempts = [
      [mfp.id, { source: 'feeder' }, 'no-document'],
      [mfp.id, { dpi: 77 }, 'unsupported'],
      [sane.id, { dpi: 77 }, 'unsupported'],
      [sane.id, { area }, 'unsupported'],
    ] as const
    for (const [terminal, input, code] of attempts) {
      const { command } = await village.end(await scan(terminal, input))
      assert.equal([command.state, command.error?.code], ['failed', code])
    }
    assert.is(await problemOf(scan(mfp.id, { dpi: 10 })), 'invalid')
  },
)

anExpert('while another scan runs is told that it is busy, while a print goes on beside it', async () => {
  const { mfp } = village
  mfp.station.mfp?.setSpeed({ pageSeconds: 60 })
  const first = await scan(mfp.id)
  await village.watch(first, ({ event }) => event === 'band')
  const second = await village.end(await scan(mfp.id))
  assert.equal([second.command.state, second.command.error?.code], ['rejected', 'busy'])
  const { id: document } = await village.api.upload(await samplePng(), 'image/png')
  const print = await village.end(await village.ask(mfp.id, 'printer.print', { document }))
  assert.is(print.command.state, 'succeeded', JSON.stringify(print.command.error))
  assert.is((await village.api.command(first)).state, 'running')
  await village.api.cancel(first)
  const { command } = await village.end(first)
  assert.equal([command.state, command.error?.code], ['cancelled', 'cancelled'])
  assert.ok(command.cancelledAt)
  mfp.station.mfp?.setSpeed({})
  outputOf((await village.end(await scan(mfp.id))).command)
})

anExpert('and copies: the paper comes out, and no page leaves the terminal', async () => {
  const { mfp } = village
  const before = mfp.station.paper.jobs.length
  const { command } = await village.end(
    await village.ask(mfp.id, 'copier.copy', { source: 'flatbed', mode: 'grey' }),
  )
  assert.equal(command.result, { pages: 1, impressions: 1 }, JSON.stringify(command.error))
  assert.is(mfp.station.paper.jobs.length, before + 1)
  assert.equal(await village.api.artefactsOf(command.id), [])
})

anExpert('a page that is wiped is gone for good', async () => {
  const { command } = await village.end(await scan(village.mfp.id))
  const artefact = outputOf(command).pages[0]?.artefact ?? ''
  await village.api.erase(artefact)
  const answers = [village.bytes(artefact), village.api.send('GET', `/artefacts/${artefact}/preview`)]
  for (const answer of answers) assert.is(await problemOf(answer), 'erased')
  assert.is(await problemOf(village.api.compose({ pages: [{ artefact }] })), 'erased')
})

const samplePng = (): Promise<Buffer> =>
  sharp({ create: { width: 200, height: 280, channels: 3, background: '#cde' } })
    .png()
    .toBuffer()

anExpert.run()
