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
import { type CheckedDocument, Desk } from '../../../fleet/documents/desk.ts'
import { problemOfDocument } from '../../../fleet/documents/problems.ts'
import { ProblemError } from '../../../fleet/problem.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
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

const withDesk = async (
  act: (world: { desk: Desk; shelf: MemoryShelf; kept: CheckedDocument[]; folder: string }) => Promise<void>,
) => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-desk-'))
  await writeFile(join(folder, 'left-by-a-crash'), 'secret')
  const shelf = new MemoryShelf()
  const kept: CheckedDocument[] = []
  const page = (artefact: string) => ({ artefact, width: 1, height: 1, dpi: 100 })
  const commands = {
    get: async () => ({ pages: [...shelf.rows.keys()].map(page) }) as never,
  }
  const desk = new Desk({
    folder,
    keep: async (document) => {
      kept.push(document)
      return shelf.put(await readFile(document.file), {
        kind: 'document',
        media_type: document.mediaType,
        pages: document.pages,
      })
    },
    write: createComposer(shelf, commands),
  })
  await desk.start()
  await act({ desk, shelf, kept, folder })
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
    const compose = (artefact: string) =>
      codeOf(desk.compose({ pages: [{ artefact }] } satisfies Composition))
    assert.is(await compose(uuidv7()), 'not-found')
    assert.is(await compose(pdf.id), 'invalid')
    assert.is(await compose(large.id), 'document-too-large')
  }),
)

theDesk('lets nobody wait for ever when the fleet stops', () =>
  withDesk(async ({ desk }) => {
    const endless = new Readable({ read() {} })
    const work = desk.receive(endless, 'application/pdf').then(
      () => 'none',
      (error) => error.name,
    )
    await new Promise((resolve) => setImmediate(resolve))
    await desk.stop()
    assert.is(await work, 'AbortError')
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
