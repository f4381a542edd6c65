import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cameraProbe } from '../../../agent/health/camera.ts'
import { kioskProbe } from '../../../agent/health/kiosk.ts'
import { restartKiosk } from '../../../agent/health/kiosk-restart.ts'
import { CommandError } from '../../../protocol/errors.ts'
import { scratch } from '../../support/agent-parts.ts'

const never = new AbortController().signal
const dead = { present: true, ok: false, detail: 'The browser does not run' }
const alive = { present: true, ok: true }

const theKiosk = suite("the kiosk's browser")

theKiosk('is not reported where nobody says how it is seen', async () => {
  assert.is(await kioskProbe({})(never), undefined)
  assert.is(await kioskProbe({}, '/nowhere')(never), undefined)
})

theKiosk('is alive while its process runs', async () => {
  const proc = scratch()
  const put = (pid: number, comm: string, state: string) => {
    mkdirSync(join(proc, String(pid)), { recursive: true })
    writeFileSync(join(proc, String(pid), 'stat'), `${pid} (${comm}) ${state} 1 1 1 0 -1`)
  }
  mkdirSync(join(proc, 'sys'))
  mkdirSync(join(proc, '7'))
  put(10, 'bash (x) S', 'S')
  const probe = kioskProbe({ process: 'chromium-browser-stable' }, proc)
  assert.equal(await probe(never), dead)
  put(42, 'chromium-browse', 'S')
  assert.equal(await probe(never), alive)
  assert.equal(await probe(never), alive, 'the process that is known')
  put(42, 'chromium-browse', 'T')
  assert.equal(await probe(never), dead, 'one that was stopped')
  put(43, 'chromium-browse', 'R')
  assert.equal(await probe(never), alive)
  rmSync(join(proc, '43'), { recursive: true })
  put(42, 'chromium-browse', 'Z')
  assert.equal(await probe(never), dead)
  assert.equal(await kioskProbe({ process: 'chromium' }, join(proc, 'nowhere'))(never), dead)
})

theKiosk('is alive while it answers', async () => {
  let status = 200
  const server = createServer((request, response) => {
    assert.is(request.url, '/json/version')
    if (status === 0) return
    response.writeHead(status).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const devtoolsPort = typeof address === 'object' ? (address?.port ?? 0) : 0
  const probe = kioskProbe({ devtoolsPort })
  const mute = { ...dead, detail: 'The browser does not answer' }
  assert.equal(await probe(never), alive)
  status = 500
  assert.equal(await probe(never), mute)
  status = 0
  assert.equal(await probe(AbortSignal.timeout(50)), mute)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  assert.equal(await probe(never), mute)
})

/** A `systemctl` of the test: it does what its text says. */
const program = (text: string): string => {
  const file = join(scratch(), 'systemctl')
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o700 })
  return file
}
const context = (begins: () => void = () => {}) => ({
  signal: never,
  effectBegins: async () => begins(),
})

theKiosk('is restarted by its unit, where there is one', async () => {
  const folder = scratch()
  let begun = 0
  await restartKiosk(
    'avyl-kiosk.service',
    context(() => {
      begun += 1
    }),
    program(`[ "$1 $2 $3" = "restart -- avyl-kiosk.service" ] && : > ${join(folder, 'done')}`),
  )
  assert.is(begun, 1)
  rmSync(join(folder, 'done'))
  const refused = (thrown: unknown) => CommandError.from(thrown).code
  assert.is(
    await restartKiosk(
      undefined,
      context(() => {
        begun += 1
      }),
    ).then(() => '', refused),
    'unsupported',
  )
  assert.is(begun, 1, 'nothing begins that cannot be done')
  assert.is(
    await restartKiosk('a.service', context(), program('exit 1')).then(() => '', refused),
    'device-fault',
  )
})

theKiosk.run()

const theCamera = suite('the camera')

theCamera('that nobody configured is missed only after it was seen', async () => {
  const folder = scratch()
  const folders = { class: folder, devices: folder }
  const probe = cameraProbe(undefined, folders)
  assert.is(await probe(never), undefined)
  writeFileSync(join(folder, 'video0'), 'a file is no device')
  assert.is(await probe(never), undefined)
  symlinkSync('/dev/null', join(folder, 'video2'))
  assert.equal(await probe(never), alive)
  rmSync(join(folder, 'video2'))
  assert.equal(await probe(never), { present: false, ok: false, detail: 'The camera is gone' })
  assert.is(await cameraProbe(undefined, { ...folders, class: join(folder, 'nowhere') })(never), undefined)
})

theCamera('of the configuration is always missed', async () => {
  assert.equal(await cameraProbe('/dev/null')(never), alive)
  assert.is((await cameraProbe('/dev/avyl-nothing')(never))?.ok, false)
})

theCamera.run()
