import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAgent } from '../../agent/agent.ts'
import { freeBytes } from '../../agent/reserve.ts'
import { isFinal } from '../../protocol/messages.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { commandMessage, silent } from '../support/agent-parts.ts'
import { openTerminalFleet } from '../support/terminal-fleet.ts'

const run = promisify(execFile)
const device = 'terminal-1'
const mebibyte = 1024 * 1024

/** Writes until nothing goes in any more. */
const fill = async (file: string) => {
  const endless = function* () {
    for (;;) yield Buffer.alloc(64 * 1024)
  }
  const error: NodeJS.ErrnoException = await pipeline(endless, createWriteStream(file)).catch(
    (thrown) => thrown,
  )
  assert.is(error.code, 'ENOSPC')
}

const aFullDisk = suite('a terminal whose disk is full')

aFullDisk('comes up, sends what waits, and works again when there is room', async () => {
  const fleet = await openTerminalFleet()
  const config = await fleet.configure(device, { scanner: { driver: 'fake' }, printer: { driver: 'fake' } })
  const { dataFolder } = config
  await mkdir(dataFolder)
  await run('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', dataFolder])
  const free = () => freeBytes(dataFolder)
  const ask = async (name: string, input: object) => {
    const message = commandMessage(name, input)
    await fleet.tell(device, 'command', message.id, message)
    return () =>
      fleet
        .said(device, 'commandReport')
        .find(({ id, state }) => id === message.id && isFinal(state as 'failed'))
  }
  const scan = () => ask('scanner.scan', { source: 'flatbed', dpi: 75, mode: 'grey', format: 'jpeg' })
  try {
    const before = createAgent(config, { logger: silent })
    await before.start()
    await fleet.until(() => before.isUp)
    fleet.mishaps.refuseUploads = 503
    const first = await scan()
    await fleet.until(() => fleet.requests.some((request) => request.startsWith('POST')))
    await before.stop()
    assert.is(first(), undefined)

    await fill(join(dataFolder, 'of-another-program'))
    assert.is(await free(), 0)
    fleet.mishaps.refuseUploads = undefined
    const agent = createAgent(config, { logger: silent })
    await agent.start()
    await fleet.until(() => first() !== undefined)
    assert.equal(
      fleet.uploads.map(({ metadata }) => metadata.part),
      ['preview', 'original'],
    )
    assert.equal(await readdir(join(dataFolder, 'artefacts')), [], 'what is with the fleet is wiped')
    assert.ok((await free()) > 10 * mebibyte, 'the reserve is given up')

    const document = uuidv7()
    fleet.documents.set(document, { mediaType: 'image/jpeg', bytes: Buffer.alloc(20 * mebibyte) })
    for (const refused of [await scan(), await ask('printer.print', { document })]) {
      await fleet.until(() => refused() !== undefined)
      const { error } = refused() as { error: { code: string; retryable: boolean } }
      assert.equal([error.code, error.retryable], ['refused', true])
    }

    await rm(join(dataFolder, 'of-another-program'))
    const last = await scan()
    await fleet.until(() => last() !== undefined)
    assert.is(last()?.state, 'succeeded')
    await agent.stop()
  } finally {
    await run('umount', [dataFolder])
  }
  await fleet.close()
})

aFullDisk.run()
