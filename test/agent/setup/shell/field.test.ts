import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRecord } from '../../../../agent/setup/record.ts'
import { FieldClosed, findField } from '../../../../agent/setup/shell/field.ts'
import type { SetupState } from '../../../../protocol/setup.ts'
import { scratch } from '../../../support/agent-parts.ts'

const { steps } = openRecord({ get: () => undefined, set: () => {} })
const state: SetupState = { serial: 'S', fingerprint: '1234 5678 9012', languages: ['ru'], steps }
const open: Server[] = []

/** An agent of which only the stream of states is there. */
const agent = async (folder: string, answer: (response: ServerResponse) => void) => {
  const server = createServer((_request, response) => answer(response))
  open.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  await mkdir(join(folder, 'setup'), { recursive: true })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  await writeFile(join(folder, 'setup', 'address.json'), JSON.stringify({ url }))
}
const tell = (response: ServerResponse) => response.write(`data: ${JSON.stringify(state)}\n\n`)

const field = suite('the set-up as a program of the machine sees it')
field.after.each(() => {
  for (const server of open.splice(0)) server.close().closeAllConnections()
})

field('waits for an agent that restarts after a step that took longer than its patience', async () => {
  const folder = scratch()
  let now = 0
  let shown = 0
  await agent(folder, tell)
  const seen = findField(folder, () => now).until(
    () => shown === 2,
    () => {
      shown += 1
      if (shown > 1) return
      now = 10 * 60_000
      for (const server of open.splice(0)) server.close().closeAllConnections()
      agent(folder, tell).catch((error: unknown) => assert.unreachable(String(error)))
    },
  )
  assert.is((await seen).serial, 'S')
})

field('gives up when nobody answers for that long', async () => {
  const folder = scratch()
  let now = 0
  try {
    await findField(folder, () => (now += 40_000)).state()
    assert.unreachable()
  } catch (thrown) {
    assert.instance(thrown, FieldClosed)
  }
})

field.run()
