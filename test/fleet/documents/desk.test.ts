import { EventEmitter, on } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { PDFDocument } from 'pdf-lib'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DocumentError, documentErrorKinds } from '../../../documents/document-error.ts'
import type { Composition } from '../../../fleet/api/schemas.ts'
import { createComposer } from '../../../fleet/documents/composer.ts'
import { type CheckedDocument, Desk, type DeskParts } from '../../../fleet/documents/desk.ts'
import { problemOfDocument } from '../../../fleet/documents/problems.ts'
import { stillnessMs } from '../../../fleet/documents/upload.ts'
import { ProblemError } from '../../../fleet/problem.ts'
import { maxArtefactBytes } from '../../../protocol/door.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { StoppedClock, settled } from '../../support/fleet.ts'
import { MemoryShelf } from '../../support/people-door.ts'

const png = () =>
  sharp({ create: { width: 300, height: 400, channels: 3, background: '#cccccc' } })
    .png()
    .toBuffer()

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error) => error.code,
  )

const pageOf = (artefact: string): Composition => ({ pages: [{ artefact }] })

interface World {
  readonly desk: Desk
  readonly shelf: MemoryShelf
  readonly kept: readonly CheckedDocument[]
  readonly clock: StoppedClock
}

const withDesk = async (act: (world: World) => Promise<void>, write?: DeskParts['write']) => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-desk-'))
  await writeFile(join(folder, 'left-by-a-crash'), 'secret')
  const shelf = new MemoryShelf()
  const kept: CheckedDocument[] = []
  const page = (artefact: string) => ({ artefact, width: 1, height: 1, dpi: 100 })
  const commands = {
    get: async () => ({ pages: [...shelf.rows.keys()].map(page) }) as never,
  }
  const clock = new StoppedClock()
  const desk = new Desk({
    folder,
    clock,
    keep: async (document) => {
      kept.push(document)
      return shelf.put(await readFile(document.file), {
        kind: 'document',
        media_type: document.mediaType,
        pages: document.pages,
      })
    },
    write: write ?? createComposer(shelf, commands),
  })
  await desk.start()
  await act({ desk, shelf, kept, clock })
  await desk.stop()
  assert.equal(await readdir(folder), [], 'nothing stays on the desk')
  await rm(folder, { recursive: true })
}

const theDesk = suite('the desk for documents')

theDesk('takes a sound image and a sound PDF, each with a preview', () =>
  withDesk(async ({ desk, kept, shelf }) => {
    const image = await desk.receive(Readable.from([await png()]), 'image/png')
    const pdf = await PDFDocument.create()
    pdf.addPage([595, 842])
    pdf.addPage([595, 842])
    const document = await desk.receive(Readable.from([Buffer.from(await pdf.save())]), 'application/pdf')
    assert.is(image.pages, 1)
    assert.is(image.media_type, 'image/png')
    assert.equal(shelf.files.get(image.id), await png())
    assert.is(document.pages, 2)
    for (const { preview } of kept) {
      const { format, height } = await sharp(preview).metadata()
      assert.is(format, 'jpeg')
      assert.is(height, 800)
    }
  }),
)

theDesk('refuses what is damaged or not what it says, and keeps nothing of it', () =>
  withDesk(async ({ desk, kept }) => {
    const image = await png()
    const cases = [
      [Buffer.from('%PDF-1.7\nrubbish\n%%EOF'), 'application/pdf'],
      [image, 'application/pdf'],
      [image, 'image/jpeg'],
      [Buffer.alloc(0), 'image/png'],
    ] as const
    for (const [bytes, mediaType] of cases) {
      assert.is(await codeOf(desk.receive(Readable.from([bytes]), mediaType)), 'document-damaged', mediaType)
    }
    assert.equal(kept, [])
  }),
)

theDesk('binds pages in order, as large as they were and turned as asked', () =>
  withDesk(async ({ desk, shelf }) => {
    const one = shelf.put(await png(), { media_type: 'image/png', command: uuidv7() })
    const two = shelf.put(await png(), { media_type: 'image/png' })
    const row = await desk.compose({
      pages: [{ artefact: two.id }, { artefact: one.id, rotate: 90 }],
    })
    assert.is(row.pages, 2)
    const pdf = await PDFDocument.load(shelf.files.get(row.id) ?? Buffer.alloc(0))
    const pages = pdf.getPages()
    assert.equal(
      pages.map((page) => page.getRotation().angle),
      [0, 90],
    )
    assert.is(Math.round(pages[1]?.getWidth() ?? 0), 216)
  }),
)

theDesk('binds only pages that are there', () =>
  withDesk(async ({ desk, shelf }) => {
    const pdf = shelf.put(Buffer.from('x'), { media_type: 'application/pdf' })
    const large = shelf.put(Buffer.from('x'), { media_type: 'image/png', bytes: 10 ** 9 })
    const compose = (artefact: string) => codeOf(desk.compose(pageOf(artefact)))
    assert.is(await compose(uuidv7()), 'not-found')
    assert.is(await compose(pdf.id), 'invalid')
    assert.is(await compose(large.id), 'document-too-large')
  }),
)

/** Whether this is settled by now. */
const isOver = (work: Promise<unknown>): (() => boolean) => {
  let over = false
  const end = () => {
    over = true
  }
  work.then(end, end)
  return () => over
}

/** A file of which so far nothing has come. */
const upload = () => new Readable({ read() {} })

theDesk('is free for others while a file is on a slow line', () =>
  withDesk(async ({ desk }) => {
    const slow = [upload(), upload(), upload()]
    const works = slow.map((bytes) => codeOf(desk.receive(bytes, 'application/pdf')))
    assert.is((await desk.receive(Readable.from([await png()]), 'image/png')).pages, 1)
    for (const bytes of slow) bytes.destroy(Object.assign(new Error('gone'), { code: 'gone' }))
    assert.equal(await Promise.all(works), ['gone', 'gone', 'gone'])
  }),
)

theDesk('waits for a slow file as long as something comes, and not for one of which nothing comes', () =>
  withDesk(async ({ desk, clock }) => {
    const slow = upload()
    const still = upload()
    const kept = desk.receive(slow, 'image/png')
    const lost = codeOf(desk.receive(still, 'image/png'))
    const image = await png()
    let sent = 0
    for (const over = isOver(lost); !over(); ) {
      slow.push(image.subarray(sent, sent + 1))
      sent += 1
      await settled()
      await clock.pass(stillnessMs)
    }
    assert.is(await lost, 'timed-out')
    slow.push(image.subarray(sent))
    slow.push(null)
    assert.is((await kept).pages, 1)
  }),
)

theDesk('takes so many files at once, and says when to come again', () =>
  withDesk(async ({ desk }) => {
    const files = Array.from({ length: 16 }, upload)
    const works = files.map((bytes) => codeOf(desk.receive(bytes, 'image/png')))
    const refused = await desk.receive(upload(), 'image/png').catch((error: unknown) => error)
    assert.is((refused as ProblemError).code, 'rate-limited')
    assert.is((refused as ProblemError).retryAfterMs, 60_000)
    files[0]?.push(null)
    assert.is(await works[0], 'document-damaged')
    assert.is((await desk.receive(Readable.from([await png()]), 'image/png')).pages, 1)
    for (const bytes of files.slice(1)) bytes.destroy(new Error('gone'))
    await Promise.all(works)
  }),
)

theDesk('refuses a file that is too large before it is checked', () =>
  withDesk(async ({ desk }) => {
    const piece = Buffer.alloc(4 * 1024 * 1024)
    let pieces = Math.floor(maxArtefactBytes / piece.length) + 1
    const large = new Readable({ read: () => large.push(pieces-- > 0 ? piece : null) })
    assert.is(await codeOf(desk.receive(large, 'application/pdf')), 'too-large')
  }),
)

theDesk('has two at work, and who comes takes the place that is free', async () => {
  const heard = new EventEmitter()
  const begun = on(heard, 'begun')
  const ends = new Map<string, () => void>()
  await withDesk(
    async ({ desk }) => {
      const bind = (name: string) => codeOf(desk.compose(pageOf(name)))
      const next = async () => (await begun.next()).value?.[0]
      const works = [bind('long')]
      assert.is(await next(), 'long')
      works.push(bind('short'))
      assert.is(await next(), 'short')
      works.push(bind('third'))
      ends.get('short')?.()
      assert.is(await next(), 'third')
      works.push(bind('fourth'))
      ends.get('third')?.()
      assert.is(await next(), 'fourth')
      ends.get('long')?.()
      ends.get('fourth')?.()
      assert.equal(await Promise.all(works), ['invalid', 'invalid', 'invalid', 'invalid'])
    },
    ({ pages: [page] }) =>
      new Promise((_resolve, reject) => {
        const name = page?.artefact ?? ''
        ends.set(name, () => reject(new ProblemError('invalid', 'it was ended')))
        heard.emit('begun', name)
      }),
  )
})

theDesk('gives up a document that takes too long', () =>
  withDesk(
    async ({ desk, clock }) => {
      const work = codeOf(desk.compose(pageOf('endless')))
      for (const over = isOver(work); !over(); ) await clock.pass(60_000)
      assert.is(await work, 'document-too-large')
    },
    (_composition, _out, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
  ),
)

theDesk('lets nobody wait for ever when the fleet stops', () =>
  withDesk(async ({ desk }) => {
    const work = codeOf(desk.receive(upload(), 'application/pdf'))
    await settled()
    await desk.stop()
    assert.is(await work, 'unavailable')
  }),
)

theDesk('names every fault of a document by a code of the API', () => {
  for (const kind of documentErrorKinds) {
    const problem = problemOfDocument(new DocumentError(kind, 'text'))
    assert.instance(problem, ProblemError)
    assert.is(problem.message, 'text')
  }
})

theDesk.run()
