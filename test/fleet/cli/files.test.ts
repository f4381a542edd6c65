import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isSystemFault } from '../../../fleet/cli/exit.ts'
import { bringBody } from '../../../fleet/cli/files.ts'
import { ApiProblem } from '../../../fleet/web/api.ts'

let folder = ''

/** An answer whose line is cut behind its first bytes. */
const cutShort = () =>
  new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('%PDF')),
      pull: (controller) => controller.error(new Error('terminated')),
    }),
  )

const bring = (response: Response, name: string): Promise<unknown> =>
  bringBody({ output: new PassThrough().resume() }, response, name === '-' ? name : join(folder, name)).catch(
    (fault: unknown) => fault,
  )

const aFile = suite('a file that is brought')
aFile.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avyl-files-'))
})
aFile.after.each(() => rm(folder, { recursive: true }))

aFile('takes the place of an earlier one whole or not at all', async () => {
  await writeFile(join(folder, 'a.pdf'), 'earlier')
  assert.instance(await bring(cutShort(), 'a.pdf'), ApiProblem)
  assert.is(await readFile(join(folder, 'a.pdf'), 'utf8'), 'earlier')
  assert.is(await bring(new Response('later'), 'a.pdf'), undefined)
  assert.is(await readFile(join(folder, 'a.pdf'), 'utf8'), 'later')
  assert.equal(await readdir(folder), ['a.pdf'])
})

aFile('that breaks off on its way is the fault of the way, on standard output too', async () => {
  for (const name of ['a.pdf', '-']) {
    const fault = await bring(cutShort(), name)
    assert.is(fault instanceof ApiProblem && fault.code, 'unreachable', name)
  }
})

aFile('that the disk does not take is the fault of the disk', async () => {
  await mkdir(join(folder, 'a.pdf.part'))
  const fault = await bring(new Response('x'), 'a.pdf')
  assert.ok(isSystemFault(fault), String(fault))
})

aFile.run()
