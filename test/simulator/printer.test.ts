import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createIppClient } from '../../agent/devices/ipp/ipp.ts'
import { startPrinter } from '../../simulator/printer.ts'
import { pdfOf } from '../support/plain-pdf.ts'

const never = (): AbortSignal => new AbortController().signal
const request = { name: 'Avyl', format: 'application/pdf', template: new Map() }

/** The processes of this machine whose command line holds a text. */
const running = async (text: string): Promise<string[]> => {
  const ids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name))
  const commands = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return commands.filter((command) => command.includes(text))
}

/** The private folder of the printer of this name, as its command line tells it. */
const homeOf = async (name: string): Promise<string> => {
  const [command = ''] = (await running(name)).filter((line) => line.startsWith('ippeveprinter'))
  return basename(/\0-K\0([^\0]+)\0/.exec(command)?.[1] ?? '')
}

interface Paper {
  folder: string
  file: string
}
const simulated = suite<Paper>('a simulated printer')

simulated.before(async (paper) => {
  paper.folder = await mkdtemp(join(tmpdir(), 'avyl-simulated-'))
  paper.file = join(paper.folder, 'document.pdf')
  await writeFile(paper.file, await pdfOf(2))
})
simulated.after(({ folder }) => rm(folder, { recursive: true }))

simulated('keeps one file for each job, also over a restart', async ({ folder, file }) => {
  const kept = join(folder, 'kept')
  const printer = await startPrinter({ folder: kept, name: 'Kept', prefix: 'mfp-' })
  const client = createIppClient(printer.uri)
  await client.printJob(request, file, never())
  await printer.received(1)
  await printer.restart()
  await client.printJob(request, file, never())
  const again = await printer.received(2)
  assert.equal((await readdir(kept)).sort(), ['mfp-1-2.pdf', 'mfp-1.pdf'])
  assert.ok((await readFile(again.file)).equals(await readFile(file)))
  await printer.stop()
})

simulated('leaves no process and no private file when it stops', async ({ folder }) => {
  const name = `Stopped-${process.pid}`
  const printer = await startPrinter({ folder: join(folder, 'stopped'), name })
  const home = await homeOf(name)
  assert.ok((await running(home)).length >= 2)
  await printer.stop()
  assert.equal(await running(home), [])
  assert.not.ok((await readdir(tmpdir())).includes(home))
})

simulated('leaves no process when its own process is killed', async ({ folder }) => {
  const name = `Killed-${process.pid}`
  const module = new URL('../../simulator/printer.ts', import.meta.url).href
  const script = `import { startPrinter } from ${JSON.stringify(module)}
    await startPrinter({ folder: ${JSON.stringify(join(folder, 'killed'))}, name: ${JSON.stringify(name)} })
    process.stdout.write('ready')`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  await once(owner.stdout, 'data')
  const home = await homeOf(name)
  const left = async () => (await running(home)).filter((command) => !command.includes('startPrinter'))
  assert.ok((await left()).length >= 2)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  while ((await left()).length > 0) await delay(20)
  await rm(join(tmpdir(), home), { recursive: true })
})

simulated.run()
