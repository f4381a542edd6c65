import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commandMessage, scratch } from '../support/agent-parts.ts'
import { openTerminalFleet } from '../support/terminal-fleet.ts'

const device = 'terminal-1'
const main = fileURLToPath(new URL('../../agent/main.ts', import.meta.url))

const running = async (environment: NodeJS.ProcessEnv = {}) => {
  const fleet = await openTerminalFleet()
  const { profiles, childPaths, ...config } = await fleet.configure(device)
  const file = join(fleet.folder, 'agent.json')
  const sign = join(fleet.folder, 'restarted')
  writeFileSync(file, JSON.stringify({ ...config, rebootCommand: ['touch', sign] }))
  const child: ChildProcess = fork(main, [], {
    env: { ...process.env, ...environment, AVYL_AGENT_CONFIG: file },
  })
  const exited = once(child, 'exit')
  await fleet.until(() => fleet.said(device, 'presence').some(({ state }) => state === 'online'))
  const last = () => fleet.said(device, 'presence').at(-1) ?? {}
  return { fleet, child, exited, sign, last }
}

const theAgentsProcess = suite("the agent's process")

theAgentsProcess('ends well when it is told to, and says bye', async () => {
  const { fleet, child, exited, last } = await running()
  child.kill('SIGTERM')
  assert.equal(await exited, [0, null])
  assert.equal([last().state, last().reason], ['bye', 'shutdown'])
  await fleet.close()
})

theAgentsProcess(
  'says that it will be back where its supervisor restarts it, as an upgrade does',
  async () => {
    const programs = scratch()
    const job = '7 avyl-agent.service restart running'
    writeFileSync(join(programs, 'systemctl'), `#!/bin/sh\necho "${job}"\n`, { mode: 0o755 })
    const { fleet, child, exited, last } = await running({
      NOTIFY_SOCKET: '/nowhere',
      PATH: `${programs}:${process.env.PATH}`,
    })
    child.kill('SIGTERM')
    assert.equal(await exited, [0, null])
    assert.equal([last().state, last().reason], ['bye', 'restart'])
    await fleet.close()
  },
)

theAgentsProcess('asks its supervisor for a new start, after it has answered', async () => {
  const { fleet, exited, last, sign } = await running()
  const message = commandMessage('terminal.restart', {})
  await fleet.tell(device, 'command', message.id, message)
  assert.equal(await exited, [75, null])
  const states = fleet.said(device, 'commandReport').map(({ state }) => state)
  assert.is(states.at(-1), 'succeeded')
  assert.is(last().reason, 'restart')
  assert.not.ok(existsSync(sign))
  await fleet.close()
})

theAgentsProcess('restarts the machine by the command that it was given', async () => {
  const { fleet, exited, sign } = await running()
  const message = commandMessage('terminal.restart', { what: 'machine' })
  await fleet.tell(device, 'command', message.id, message)
  await exited
  await fleet.until(() => existsSync(sign))
  await fleet.close()
})

theAgentsProcess('says why it cannot begin', async () => {
  const child = fork(main, [], {
    env: { AVYL_AGENT_CONFIG: '/nonexistent.json' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let errors = ''
  child.stderr?.on('data', (piece) => {
    errors += piece
  })
  const [code] = await once(child, 'exit')
  assert.is(code, 1)
  assert.match(errors, 'The configuration file cannot be read')
})

theAgentsProcess.run()
