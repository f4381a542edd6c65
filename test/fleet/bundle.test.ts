import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bundleFleet } from '../../fleet/bundle.ts'
import { readProfileFiles } from '../../provisioning/built-in-profiles.ts'

interface Running {
  readonly folder: string
  readonly child: ChildProcess
  readonly url: string
  readonly token: string
  /** What it logged as errors. */
  readonly errors: readonly string[]
}

const bundle = resolve('fleet/dist')
const theBundle = suite<Running>('the bundle that runs in the city')

theBundle.before(async (running) => {
  await bundleFleet(bundle)
  const folder = await mkdtemp(join(tmpdir(), 'avyl-bundle-'))
  const settings = { AVYL_DATA_DIR: folder, AVYL_HTTP_PORT: '0', AVYL_MQTT_PORT: '0' }
  const child = spawn(process.execPath, [join(bundle, 'fleet.js')], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const errors: string[] = []
  Object.assign(running, { folder, child, errors })
  const url = await new Promise<string>((ready) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as { level: number; msg: string; url: string }
      if (said.level >= 50) errors.push(line)
      if (said.msg === 'the fleet is ready') ready(said.url)
    })
  })
  const token = (await readFile(join(folder, 'first-token'), 'utf8')).trim()
  Object.assign(running, { url, token })
})

theBundle.after(async ({ folder, child }) => {
  child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

theBundle('has its pages, and its profiles for the command line beside it', async ({ url, token }) => {
  assert.match(await (await fetch(url)).text(), /<html/)
  const said = execFileSync(process.execPath, [join(bundle, 'avyl.js'), '--json', 'profile', 'list'], {
    encoding: 'utf8',
    env: { AVYL_URL: url, AVYL_TOKEN: token },
  })
  const { profiles } = JSON.parse(said) as { readonly profiles: readonly unknown[] }
  assert.is(profiles.length, (await readProfileFiles()).length)
})

theBundle('finds the child that flattens what a PDF cannot carry', async ({ url, token }) => {
  const clear = { r: 0, g: 0, b: 0, alpha: 0.5 }
  const picture = sharp({ create: { width: 40, height: 60, channels: 4, background: clear } }).png()
  const { status } = await fetch(`${url}/api/v1/documents`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'image/png' },
    body: Buffer.from(await picture.toBuffer()),
  })
  assert.is(status, 201)
})

theBundle('finds the thread of its vitals, and ends without an error', async ({ child, errors }) => {
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  assert.equal(await gone, [0, null])
  assert.equal(errors, [])
})

theBundle.run()
