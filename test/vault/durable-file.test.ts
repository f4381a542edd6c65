import { type FileHandle, mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readIfThere, writeWhole } from '../../vault/durable-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'avyl-durable-'))
const path = join(folder, 'whole')

/** What is flushed while this runs, and what the folder holds at that moment. */
const flushesOf = async (act: () => Promise<void>): Promise<string[]> => {
  const own = await open(folder)
  const handles = Object.getPrototypeOf(own) as FileHandle
  await own.close()
  const { sync } = handles
  const flushes: string[] = []
  handles.sync = async function (this: FileHandle) {
    const what = (await this.stat()).isDirectory() ? 'folder' : 'file'
    flushes.push(`${what}: ${(await readdir(folder)).join()}`)
    await sync.call(this)
  }
  try {
    await act()
  } finally {
    handles.sync = sync
  }
  return flushes
}

const aWholeFile = suite('a whole file')
aWholeFile.after(() => rm(folder, { recursive: true }))

aWholeFile('is on the disk before it has its name, and its name is there before it is said', async () => {
  assert.equal(await flushesOf(() => writeWhole(path, 'text')), ['file: whole.part', 'folder: whole'])
  assert.is(await readFile(path, 'utf8'), 'text')
  assert.is((await stat(path)).mode & 0o777, 0o600)
})

aWholeFile('that is not there is nothing, and any other fault is one', async () => {
  assert.is(await readIfThere(join(folder, 'another')), undefined)
  const fault = await readIfThere(join(path, 'below')).catch((thrown: NodeJS.ErrnoException) => thrown.code)
  assert.is(fault, 'ENOTDIR')
})

aWholeFile.run()
