import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CommandMessage } from '../../protocol/messages.ts'
import { isFinal } from '../../protocol/messages.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { commandMessage, seeded } from '../support/agent-parts.ts'
import { openTerminalFleet } from '../support/terminal-fleet.ts'

/** How often the agent is killed; more in a longer run. */
const kills = Number(process.env.AVYL_KILLS ?? 4)
const device = 'terminal-1'
const mortal = fileURLToPath(new URL('../support/mortal-agent.ts', import.meta.url))
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='

const aKilledAgent = suite('an agent that is killed again and again')

aKilledAgent('loses no command and no page, and prints none twice', async () => {
  const random = seeded(20_261_121)
  const fleet = await openTerminalFleet()
  const { profiles, childPaths, rebootCommand, ...config } = await fleet.configure(device)
  const configFile = join(fleet.folder, 'agent.json')
  const paperFile = join(fleet.folder, 'paper.txt')
  writeFileSync(configFile, JSON.stringify(config))
  const document = uuidv7()
  fleet.documents.set(document, { mediaType: 'image/jpeg', bytes: Buffer.from(png, 'base64') })

  const commands = new Map<string, CommandMessage>()
  const finals = (id: string) =>
    fleet
      .said(device, 'commandReport')
      .filter((report) => report.id === id && isFinal(report.state as 'received'))
  const open = () => [...commands.values()].filter(({ id }) => finals(id).length === 0)
  const tell = (message: CommandMessage) =>
    fleet.tell(device, 'command', message.id, { ...message, ts: Date.now() })
  /** What a fleet does: says again what is open whenever the terminal comes, and from time to time. */
  const sayAgain = () => Promise.all(open().map(tell))
  const ask = async () => {
    const scan = random() < 0.3
    const input = { source: 'flatbed', dpi: 75, mode: 'grey', format: 'jpeg' }
    const message = scan
      ? commandMessage('scanner.scan', input)
      : commandMessage('printer.print', { document })
    commands.set(message.id, message)
    await tell(message)
  }
  const come = async (): Promise<ChildProcess> => {
    const before = fleet.said(device, 'presence').filter(({ state }) => state === 'online').length
    const child = fork(mortal, [configFile, paperFile], { stdio: 'inherit' })
    await fleet.until(
      () => fleet.said(device, 'presence').filter(({ state }) => state === 'online').length > before,
    )
    await sayAgain()
    return child
  }

  for (let round = 0; round < kills; round++) {
    const child = await come()
    for (let count = 0; count < 4; count++) await ask()
    await new Promise((resolve) => setTimeout(resolve, random() * 250))
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const last = await come()
  const again = setInterval(() => void sayAgain(), 1000)
  await fleet.until(() => open().length === 0)
  clearInterval(again)
  await fleet.until(
    () => fleet.uploads.length === new Set(fleet.uploads.map(({ metadata }) => metadata)).size,
  )
  last.kill('SIGTERM')
  await once(last, 'exit')

  const paper = existsSync(paperFile) ? readFileSync(paperFile, 'utf8').trim().split('\n') : []
  const states = new Map<string, number>()
  for (const { id, name } of commands.values()) {
    const said = finals(id)
    const [first] = said
    const state = String(first?.state)
    states.set(state, (states.get(state) ?? 0) + 1)
    for (const each of said) assert.is(each.state, state, 'the outcome never changes')
    if (name === 'printer.print') {
      const times = paper.filter((line) => line === `Avyl ${id}`).length
      assert.ok(times <= 1, 'nothing is printed twice')
      if (state === 'succeeded') assert.is(times, 1)
      if (state === 'failed') assert.is(times, 0, 'what may be sent again was not printed')
    } else if (state === 'succeeded') {
      const { pages } = (first?.result ?? { pages: [] }) as { pages: { artefact: string }[] }
      const there = fleet.uploads.some(
        ({ metadata }) => metadata.artefact === pages[0]?.artefact && metadata.part === 'original',
      )
      assert.ok(there, 'a page of an outcome is with the fleet')
    }
    for (const { progress } of fleet.said(device, 'commandReport').filter((report) => report.id === id)) {
      const finished = (progress as { finished?: { artefact: string } } | undefined)?.finished
      if (!finished) continue
      const there = fleet.uploads.some(({ metadata }) => metadata.artefact === finished.artefact)
      assert.ok(there, 'a page that was finished is not lost')
    }
  }
  assert.is(commands.size, kills * 4)
  assert.ok((states.get('succeeded') ?? 0) > 0)
  await fleet.close()
})

aKilledAgent.run()
