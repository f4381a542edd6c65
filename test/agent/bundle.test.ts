import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isFinal } from '../../protocol/messages.ts'
import { commandMessage } from '../support/agent-parts.ts'
import { openTerminalFleet } from '../support/terminal-fleet.ts'

const device = 'terminal-1'
const path = (name: string) => fileURLToPath(new URL(`../../agent/${name}`, import.meta.url))

const theBundle = suite('the bundle that a terminal runs')

theBundle('scans, uploads, copies and collects diagnostics as the sources do', async () => {
  execFileSync(process.execPath, [path('bundle.ts')])
  const fleet = await openTerminalFleet()
  const { profiles, childPaths, rebootCommand, ...config } = await fleet.configure(device, {
    scanner: { driver: 'fake' },
    printer: { driver: 'fake' },
  })
  const file = join(fleet.folder, 'agent.json')
  writeFileSync(file, JSON.stringify(config))
  const env = { ...process.env, AVYL_AGENT_CONFIG: file }
  const agent = spawn(process.execPath, [path('dist/agent.js')], { env, stdio: 'inherit' })
  await fleet.until(() => fleet.said(device, 'presence').length > 0)
  const ask = async (name: string, input: unknown) => {
    const message = commandMessage(name, input)
    const outcome = () =>
      fleet
        .said(device, 'commandReport')
        .find(({ id, state }) => id === message.id && isFinal(state as 'received'))
    await fleet.tell(device, 'command', message.id, message)
    await fleet.until(() => outcome() !== undefined)
    assert.equal([outcome()?.state, outcome()?.error], ['succeeded', undefined], name)
  }
  await ask('scanner.scan', { source: 'flatbed', dpi: 75, mode: 'colour', format: 'pdf' })
  assert.equal(fleet.uploads.map(({ metadata }) => metadata.mediaType).toSorted(), [
    'application/pdf',
    'image/jpeg',
    'image/jpeg',
  ])
  await ask('copier.copy', { source: 'flatbed' })
  await ask('terminal.diagnostics', {})
  agent.kill('SIGTERM')
  assert.equal(await once(agent, 'exit'), [0, null])
  await fleet.close()
})

theBundle.run()
