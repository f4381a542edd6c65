import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PDFDocument } from 'pdf-lib'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { wrapImage } from '../../documents/image-page.ts'

const never = new AbortController().signal
const folders: string[] = []
const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-image-'))
  folders.push(folder)
  const file = join(folder, 'picture.jpg')
  await writeFile(
    file,
    await sharp({ create: { width: 300, height: 200, channels: 3, background: '#a0c0e0' } })
      .jpeg()
      .toBuffer(),
  )
  return { folder, file }
}

const anImage = suite('an image as a page')
anImage.after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true })
})

anImage('becomes a PDF of one page', async () => {
  const { folder, file } = await newFolder()
  const wrapped = await wrapImage(file, 'image/jpeg', folder, never)
  assert.is((await PDFDocument.load(await readFile(wrapped))).getPageCount(), 1)
})

anImage('is refused by a full disk, and nothing else is hurt', async () => {
  const { folder, file } = await newFolder()
  await symlink('/dev/full', join(folder, 'image.pdf'))
  const thrown: unknown = await wrapImage(file, 'image/jpeg', folder, never).catch((error: unknown) => error)
  assert.is((thrown as NodeJS.ErrnoException).code, 'ENOSPC')
})

anImage.run()
