import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, watch } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { Errors } from 'typebox/value'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createApi } from '../../fleet/web/api.ts'
import { isFinal } from '../../protocol/messages.ts'
import { openEvents } from '../../simulator/live-events.ts'
import type { RunFile } from '../../simulator/village-run.ts'
import { descendantsOf, type Running, stillRunning } from '../support/village/processes.ts'

const Login = Type.Object({ user: Type.String(), password: Type.String({ minLength: 8 }) })
const Shape = Type.Object(
  {
    url: Type.String({ pattern: '^http://127\\.0\\.0\\.1:[0-9]+$' }),
    mqtt: Type.String({ pattern: '^mqtts?://127\\.0\\.0\\.1:[0-9]+$' }),
    token: Type.String({ minLength: 20 }),
    terminals: Type.Array(
      Type.Object(
        { id: Type.String(), village: Type.String({ minLength: 1 }) },
        { additionalProperties: false },
      ),
      { minItems: 2, maxItems: 2 },
    ),
    logins: Type.Object(
      { expert: Login, operator: Login, technician: Login, admin: Login, auditor: Login },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)

interface Run {
  readonly folder: string
  readonly child: ChildProcess
  readonly exited: Promise<unknown[]>
  readonly printed: () => string
  readonly file: RunFile
}

const children: ChildProcess[] = []

/** Starts what `make run` starts; its errors are heard only where they are awaited. */
const launch = (
  folder: string,
  settings: NodeJS.ProcessEnv = {},
  errors: 'inherit' | 'pipe' = 'inherit',
): ChildProcess => {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, '../../simulator/run.ts')], {
    env: { ...process.env, AVYL_DATA_DIR: folder, AVYL_HTTP_PORT: '0', AVYL_MQTT_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', errors],
    // A group of its own: what it leaves behind is found by its environment, never ended by accident.
    detached: true,
  })
  children.push(child)
  return child
}

/** Starts what `make run` starts, and waits for its `run.json`. */
const start = async (folder: string, settings: NodeJS.ProcessEnv = {}): Promise<Run> => {
  const changes = watch(folder)
  const child = launch(folder, settings)
  const exited = once(child, 'exit')
  let printed = ''
  child.stdout?.on('data', (piece) => {
    printed += piece
  })
  const path = join(folder, 'run.json')
  // One that was killed has left its own.
  const left = await readFile(path, 'utf8').catch(() => undefined)
  for await (const _ of changes) {
    const written = await readFile(path, 'utf8').catch(() => undefined)
    if (written !== undefined && written !== left) break
  }
  const file = JSON.parse(await readFile(path, 'utf8')) as RunFile
  return { folder, child, exited, printed: () => printed, file }
}

/** Resolves when none of these is left: they end by themselves, soon after their parent. */
const allGone = async (processes: readonly Running[]): Promise<void> => {
  for (let looks = 0; ; looks++) {
    const left = await stillRunning(processes)
    if (left.length === 0) return
    if (looks === 100) assert.unreachable(`left behind: ${left.map(({ command }) => command).join('; ')}`)
    await delay(100)
  }
}

/** What `make run` has started: at least two agents, two printers and their buses. */
const startedBy = async ({ child }: Run): Promise<readonly Running[]> => {
  const started = await descendantsOf(child.pid ?? 0)
  for (const [program, least] of [
    ['agent/main.ts', 2],
    ['ippeveprinter', 2],
    ['dbus-daemon', 2],
  ] as const) {
    assert.ok(started.filter(({ command }) => command.includes(program)).length >= least, program)
  }
  return started
}

const makeRun = suite('make run')
const folders: string[] = []

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-run-'))
  folders.push(folder)
  return folder
}

makeRun.after(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

makeRun(
  'starts a fleet and two terminals, says where they are, and ends with all that it started',
  async () => {
    const run = await start(await newFolder())
    const { folder, child, exited, printed, file } = run
    const started = await startedBy(run)
    assert.equal([...Errors(Shape, file)], [])
    // What is printed may come a moment after the file.
    while (!printed().includes(file.url) && child.stdout) await once(child.stdout, 'data')
    assert.match(printed(), file.url)

    const guest = createApi({ url: file.url })
    const answer = await guest.send('POST', '/session', {
      body: JSON.stringify(file.logins.expert),
      headers: { 'content-type': 'application/json' },
    })
    assert.equal(await answer.json(), { user: 'expert', role: 'expert', villages: null, owes: null })
    const cookie = answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    const expert = createApi({ url: file.url, headers: { cookie } })
    assert.is((await expert.session()).role, 'expert')

    const program = createApi({ url: file.url, headers: { authorization: `Bearer ${file.token}` } })
    const terminals = await program.terminals()
    assert.equal(
      terminals.map(({ id, village, state }) => ({ id, village, there: state === 'online' })),
      file.terminals.map((terminal) => ({ ...terminal, there: true })),
    )
    for (const { id } of file.terminals) {
      const command = await program.start(id, { name: 'scanner.describe', input: {} })
      for await (const _ of await openEvents(program, `/commands/${command.id}/events`));
      const { state, result } = await program.command(command.id)
      assert.ok(isFinal(state))
      assert.match(JSON.stringify(result), id === file.terminals[0]?.id ? '"sane"' : '"escl"')
    }
    const page = await fetch(file.url)
    assert.is(page.status, 200)
    assert.match(page.headers.get('content-type') ?? '', 'text/html')
    await page.arrayBuffer()

    child.kill('SIGTERM')
    assert.equal(await exited, [0, null])
    assert.not.ok(existsSync(join(folder, 'run.json')))
    await allGone(started)
  },
)

makeRun('starts as many terminals as it is told, none as well', async () => {
  const { child, exited, file } = await start(await newFolder(), { AVYL_TERMINALS: '0' })
  assert.equal(file.terminals, [])
  child.kill('SIGTERM')
  assert.equal(await exited, [0, null])

  const refused = launch(await newFolder(), { AVYL_TERMINALS: 'many' }, 'pipe')
  const ended = once(refused, 'exit')
  assert.ok(refused.stderr)
  assert.is(await text(refused.stderr), 'AVYL_TERMINALS is a whole number from 0 to 50\n')
  assert.equal(await ended, [2, null])
})

makeRun('leaves nothing running even when it is killed, and starts again in the same folder', async () => {
  const folder = await newFolder()
  const killed = await start(folder)
  const started = await startedBy(killed)
  killed.child.kill('SIGKILL')
  await killed.exited
  await allGone(started)
  const again = await start(folder)
  assert.equal(again.file.terminals, killed.file.terminals)
  const startedAgain = await startedBy(again)
  again.child.kill('SIGINT')
  assert.equal(await again.exited, [0, null])
  await allGone(startedAgain)
})

makeRun('ends in good order when it is asked to in the middle of its start', async () => {
  const folder = await newFolder()
  const changes = watch(folder)
  const child = launch(folder)
  const exited = once(child, 'exit')
  for await (const _ of changes) if (existsSync(join(folder, 'terminals'))) break
  const started = await descendantsOf(child.pid ?? 0)
  child.kill('SIGTERM')
  assert.equal(await exited, [0, null])
  assert.not.ok(existsSync(join(folder, 'run.json')))
  await allGone(started)
})

makeRun(
  'says in one line that another run has its port or folder, and leaves that one as it is',
  async () => {
    const folder = await newFolder()
    const { child, exited, file } = await start(folder)
    const { port } = new URL(file.url)
    for (const [AVYL_HTTP_PORT, refusal] of [
      [port, `Port ${port} of 127.0.0.1 is in use by another program.+AVYL_HTTP_PORT`],
      ['0', `Another fleet runs on ${folder}.+AVYL_DATA_DIR`],
    ] as const) {
      const second = launch(folder, { AVYL_HTTP_PORT }, 'pipe')
      const ended = once(second, 'exit')
      assert.ok(second.stderr)
      const said = await text(second.stderr)
      assert.equal(await ended, [1, null])
      assert.match(said, new RegExp(`^${refusal}.+\\n$`))
    }
    assert.equal(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')), file)
    const program = createApi({ url: file.url, headers: { authorization: `Bearer ${file.token}` } })
    assert.ok((await program.terminals()).every(({ state }) => state === 'online'))
    child.kill('SIGTERM')
    assert.equal(await exited, [0, null])
  },
)

makeRun.run()
