import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Command } from '../../../fleet/api/schemas.ts'
import { type Ended, runAvyl } from '../../support/avyl.ts'
import { finishedPage } from '../../support/paper.ts'
import { PretendFleet } from '../../support/pretend-fleet.ts'
import { someTerminals } from '../../support/village-terminals.ts'

const fleet = new PretendFleet()
let folder = ''

/** Runs `avyl` with an environment of its own; Ctrl-C is pressed by `interrupt`. */
const start = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
  let interrupt = (): void => {}
  const ended = runAvyl(
    args,
    { AVYL_URL: fleet.url, AVYL_TOKEN: fleet.token, ...environment },
    {
      onInterrupt: (act) => {
        interrupt = act
        return () => {}
      },
    },
  )
  return { interrupt: () => interrupt(), ended }
}
const avyl = (...args: string[]): Promise<Ended> => start(args).ended
const inFolder = (name: string): string => join(folder, name)

const succeed = (command: Command, result: unknown): Command =>
  fleet.change(command.id, { state: 'succeeded', result })

const theCommandLine = suite('avyl on the command line')

theCommandLine.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avyl-cli-'))
  await fleet.start()
  for (const terminal of someTerminals()) fleet.setTerminal(terminal)
})
theCommandLine.after(async () => {
  await fleet.stop()
  await rm(folder, { recursive: true, force: true })
})

theCommandLine('tells all it can do and how it ends', async () => {
  const { code, out } = await avyl('--help')
  assert.is(code, 0)
  for (const word of [
    'terminals',
    'scan',
    'print',
    'copy',
    'command',
    'artefact',
    'document',
    '--json',
    'AVYL_URL',
  ]) {
    assert.match(out, word)
  }
  assert.match(out, /0 +done\n {2}1 .*\n {2}2 .*\n {2}3 .*\n {2}130 /)
})

theCommandLine("follows a terminal's log, and restarts what it is asked to", async () => {
  const line = JSON.stringify({ level: 40, time: 0, msg: 'careful \u001b[2J', job: 7 })
  const { ended } = start(['logs', 'avyl-01', '--level', 'warn', '--seconds', '5'])
  const logs = await fleet.asked('terminal.logs')
  assert.equal(logs.input, { seconds: 5, level: 'warn' })
  await fleet.heard('GET', `/commands/${logs.id}/events`)
  fleet.log(logs.id, [line, 'cut off'])
  succeed(logs, { lines: 2, skipped: 3 })
  const { code, out } = await ended
  assert.is(code, 0)
  assert.is(out, '1970-01-01T00:00:00.000Z warn careful [2J {"job":7}\ncut off\nLines shown: 2, skipped: 3\n')

  const json = start(['logs', 'avyl-01', '--json'])
  const again = await fleet.asked('terminal.logs')
  await fleet.heard('GET', `/commands/${again.id}/events`)
  fleet.log(again.id, ['one'])
  fleet.change(again.id, { state: 'cancelled' })
  assert.equal(JSON.parse((await json.ended).out), { lines: ['one'], skipped: 0 })

  const restart = start(['restart', 'avyl-01', 'kiosk'])
  const asked = await fleet.asked('terminal.restart')
  assert.equal(asked.input, { what: 'kiosk' })
  succeed(asked, {})
  assert.match((await restart.ended).out, "The kiosk's browser was restarted")
  assert.is((await avyl('restart', 'avyl-01', 'everything')).code, 2)
})

theCommandLine('lists the terminals, in words or as one JSON document', async () => {
  const [words, json, one] = await Promise.all([
    avyl('terminals'),
    avyl('terminals', '--json'),
    avyl('terminals', 'avyl-01'),
  ])
  assert.match(words.out, /avyl-02\tДружба\tOut of paper\n/)
  assert.is(JSON.parse(json.out).length, 5)
  assert.is(json.err, '')
  assert.match(one.out, /flatbed: colour, grey, blackwhite; 75, 150, 300, 600 dpi; 216 × 297 mm/)
  assert.match(one.out, /Printer: Toner is low \(Test printer\)/)
})

theCommandLine('scans and brings the document', async () => {
  const running = start([
    'scan',
    'avyl-01',
    '--dpi',
    '150',
    '--mode',
    'grey',
    '--area',
    '0,0,100,50',
    '--no-clean',
    '--out',
    inFolder('a.pdf'),
    '--json',
  ])
  const command = await fleet.asked('scanner.scan')
  assert.equal(command.input, {
    source: 'flatbed',
    dpi: 150,
    mode: 'grey',
    format: 'pdf',
    area: { x: 0, y: 0, width: 100, height: 50 },
    clean: false,
  })
  await fleet.heard('GET', `/commands/${command.id}/events`)
  fleet.change(command.id, { state: 'running' })
  fleet.progress(command.id, { step: 'scanning', page: 1, percent: 50 })
  const page = await finishedPage(fleet, command.id, 'Page')
  const document = fleet.keep(Buffer.from('%PDF-1.7 all'), 'application/pdf', { command: command.id })
  succeed(command, { pages: [page], document: document.id })
  const { code, out } = await running.ended
  assert.is(code, 0)
  assert.equal(JSON.parse(out).files, [inFolder('a.pdf')])
  assert.is(await readFile(inFolder('a.pdf'), 'utf8'), '%PDF-1.7 all')
})

theCommandLine("leaves to the terminal's configuration what is not said of a scan", async () => {
  for (const args of [[], ['--out', inFolder('as-configured')]]) {
    const running = avyl('scan', 'avyl-01', ...args)
    const command = await fleet.asked('scanner.scan')
    assert.equal(command.input, { source: 'flatbed' })
    succeed(command, { pages: [await finishedPage(fleet, command.id, 'Page')] })
    assert.is((await running).code, 0)
  }
})

theCommandLine('numbers the pages of an image format, which it reads from the file name', async () => {
  const running = start(['scan', 'avyl-01', '--source', 'feeder', '--out', inFolder('p.jpg')])
  const command = await fleet.asked('scanner.scan')
  assert.is((command.input as { format: string }).format, 'jpeg')
  const pages = [await finishedPage(fleet, command.id, 'One'), await finishedPage(fleet, command.id, 'Two')]
  succeed(command, { pages })
  const { code, out } = await running.ended
  assert.is(code, 0)
  assert.is(out, `Pages scanned: 2\nSaved: ${inFolder('p-1.jpg')}\nSaved: ${inFolder('p-2.jpg')}\n`)
  const files = await readdir(folder)
  assert.ok(files.includes('p-1.jpg') && files.includes('p-2.jpg'))
})

theCommandLine('brings the pages of a scan whose PDF was left out', async () => {
  const running = start(['scan', 'avyl-01', '--source', 'feeder', '--out', inFolder('huge.pdf')])
  const command = await fleet.asked('scanner.scan')
  succeed(command, { pages: [await finishedPage(fleet, command.id, 'Huge')] })
  assert.is((await running.ended).out, `Pages scanned: 1\nSaved: ${inFolder('huge.jpg')}\n`)
})

theCommandLine('begins no work whose result has no place to go', async () => {
  await mkdir(inFolder('a-folder'))
  const before = fleet.received.length
  const places = [inFolder('a-folder'), `${folder}/`, inFolder('none/a.pdf'), inFolder('none/')]
  for (const out of places) {
    const works = [
      ['scan', 'avyl-01'],
      ['document', 'compose', 'x'],
    ]
    for (const work of works) {
      const { code, err } = await avyl(...work, '--out', out)
      assert.equal([code, err], [2, `${out} cannot be written\n`])
    }
    assert.is((await avyl('audit', 'export', out)).code, 2)
  }
  assert.is(fleet.received.length, before)
})

theCommandLine('tells of a scan that is done when the disk does not take it', async () => {
  for (const json of [true, false]) {
    const out = inFolder(`taken-${json}.pdf`)
    const running = avyl('scan', 'avyl-01', '--out', out, ...(json ? ['--json'] : []))
    const command = await fleet.asked('scanner.scan')
    // A folder in the way of the file, or of the part of it that is there.
    await mkdir(json ? out : `${out}.part`)
    const document = fleet.keep(Buffer.from('%PDF-1.7'), 'application/pdf', { command: command.id })
    succeed(command, { pages: [], document: document.id })
    const { code, out: told, err } = await running
    assert.is(code, 1, 'neither wrong words nor a fleet that is away')
    if (!json) assert.match(err, `Pages scanned: 0\navyl artefact list ${command.id}\n`)
    else {
      const value = JSON.parse(told) as { error: { text: string }; command: Command }
      assert.equal([value.command.id, value.command.state], [command.id, 'succeeded'])
      assert.match(value.error.text, 'cannot be written')
    }
  }
})

theCommandLine('prints a file', async () => {
  await writeFile(inFolder('form.pdf'), '%PDF-1.7 form')
  const running = start([
    'print',
    'avyl-01',
    inFolder('form.pdf'),
    '--copies',
    '2',
    '--duplex',
    'long-edge',
    '--pages',
    '1-2',
    '--grey',
  ])
  const command = await fleet.asked('printer.print')
  const { document, ...rest } = command.input as { document: string }
  assert.equal(rest, { copies: 2, duplex: 'long-edge', pages: '1-2', colour: false })
  assert.is(fleet.files.get(document)?.bytes.toString(), '%PDF-1.7 form')
  succeed(command, { job: 7, impressions: 4 })
  const { code, out } = await running.ended
  assert.is(code, 0)
  assert.is(out, 'Sides printed: 4\n')
})

theCommandLine('sends nothing that cannot be printed', async () => {
  await writeFile(inFolder('notes.txt'), 'hello there')
  const before = fleet.received.length
  const [text, missing] = await Promise.all([
    avyl('print', 'avyl-01', inFolder('notes.txt')),
    avyl('print', 'avyl-01', inFolder('no.pdf')),
  ])
  assert.is(text.code, 1)
  assert.match(text.err, 'Choose a PDF, JPEG or PNG')
  assert.is(missing.code, 2)
  assert.is(fleet.received.length, before)
})

theCommandLine('copies, and tells a fault in the language of LANG', async () => {
  const running = start(['copy', 'avyl-01', '--copies', '3', '--json'])
  const good = await fleet.asked('copier.copy')
  assert.equal(good.input, { source: 'flatbed', copies: 3 })
  succeed(good, { pages: 1, impressions: 3 })
  assert.is((await running.ended).code, 0)
  for (const [LANG, words] of [
    ['ru_RU.UTF-8', 'Бумага застряла в МФУ.'],
    ['tt_RU.UTF-8', 'МФУда кәгазь кысылган.'],
    ['C', 'Paper is jammed in the device.'],
  ] as const) {
    const failing = start(['copy', 'avyl-01'], { LANG })
    const bad = await fleet.asked('copier.copy')
    fleet.change(bad.id, { state: 'failed', error: { code: 'jam', text: 'x', retryable: true } })
    const { code, err, out } = await failing.ended
    assert.is(code, 1)
    assert.match(err, words)
    assert.is(out, '')
  }
})

theCommandLine('adds the reason that a terminal gives, without what would steer the window', async () => {
  const scanning = avyl('scan', 'avyl-01', '--dpi', '250')
  const { id } = await fleet.asked('scanner.scan')
  const text = 'No \u001b[2J250\u009b1m dpi\u0007'
  fleet.change(id, { state: 'failed', error: { code: 'unsupported', text, retryable: false } })
  const { code, err } = await scanning
  assert.is(code, 1)
  assert.match(err, /\n\(No \[2J2501m dpi\)\n$/)
})

theCommandLine('gives a failed command as its JSON document', async () => {
  const running = start(['copy', 'avyl-01', '--json'])
  const command = await fleet.asked('copier.copy')
  fleet.change(command.id, { state: 'unknown' })
  const { code, out, err } = await running.ended
  assert.is(code, 1)
  assert.is(err, '')
  assert.is((JSON.parse(out) as Command).state, 'unknown')
})

theCommandLine('runs any command, and shows and cancels one', async () => {
  await writeFile(join(folder, 'input.json'), '{"what":"agent"}')
  const running = start([
    'command',
    'avyl-01',
    'terminal.restart',
    '--input',
    `@${inFolder('input.json')}`,
    '--expires',
    '5000',
  ])
  const command = await fleet.asked('terminal.restart')
  assert.equal(command.input, { what: 'agent' })
  assert.is(command.expiresAt - command.issuedAt, 5000)
  succeed(command, {})
  const { code, out } = await running.ended
  assert.is(code, 0)
  assert.match(out, 'terminal.restart\tDone')
  const shown = await avyl('command', 'show', command.id, '--json')
  assert.is((JSON.parse(shown.out) as Command).id, command.id)

  const waiting = start(['command', 'avyl-01', 'terminal.selftest'])
  const other = await fleet.asked('terminal.selftest')
  const cancelled = await avyl('command', 'cancel', other.id)
  assert.match(cancelled.out, /Cancelled\nThe job was cancelled/)
  assert.is((await waiting.ended).code, 1)
})

theCommandLine('cancels the command on Ctrl-C and tells its outcome', async () => {
  const { interrupt, ended } = start(['scan', 'avyl-01', '--json'])
  const command = await fleet.asked('scanner.scan')
  await fleet.heard('GET', `/commands/${command.id}/events`)
  interrupt()
  const { code, out } = await ended
  assert.is(code, 1)
  assert.is((JSON.parse(out) as Command).state, 'cancelled')
})

theCommandLine('takes a broken stream up again', async () => {
  const running = start(['copy', 'avyl-01'])
  const command = await fleet.asked('copier.copy')
  await fleet.heard('GET', `/commands/${command.id}/events`)
  fleet.cutStreams()
  succeed(command, { pages: 1, impressions: 1 })
  assert.is((await running.ended).code, 0)
})

theCommandLine('composes, brings, lists and erases files', async () => {
  const id = '0190a000-0000-7000-8000-000000000001'
  const pages = [await finishedPage(fleet, id, 'One'), await finishedPage(fleet, id, 'Two')]
  const [first = '', second = ''] = pages.map(({ artefact }) => artefact)
  const made = await avyl(
    'document',
    'compose',
    `${second}:90`,
    first,
    '--searchable',
    '--out',
    inFolder('both.pdf'),
    '--json',
  )
  assert.is(made.code, 0)
  const { body } = await fleet.heard('POST', '/documents/from-pages')
  assert.equal(body, {
    pages: [
      { artefact: second, rotate: 90 },
      { artefact: first, rotate: 0 },
    ],
    searchable: true,
  })
  assert.match(await readFile(inFolder('both.pdf'), 'utf8'), '%PDF')

  const bound = await avyl('document', 'compose', first, '--out', '-')
  assert.is(bound.out, await readFile(inFolder('both.pdf'), 'utf8'))

  const listed = await avyl('artefact', 'list', id)
  assert.is(listed.out.trim().split('\n').length, 2)
  const [named, piped] = await Promise.all([
    avyl('artefact', 'get', first, '--out', inFolder('first.jpg')),
    avyl('artefact', 'get', first, '--out', '-'),
  ])
  assert.is(named.out, `Saved: ${inFolder('first.jpg')}\n`)
  assert.ok(piped.out.length > 1000)
  const small = await avyl('artefact', 'get', first, '--preview', '--out', inFolder('small.jpg'))
  assert.is(small.code, 0)
  assert.equal(await readFile(inFolder('small.jpg')), fleet.files.get(first)?.preview)
  const sent = await avyl('document', 'send', inFolder('first.jpg'), '--json')
  assert.is(JSON.parse(sent.out).mediaType, 'image/jpeg')
  assert.is((await avyl('artefact', 'erase', first)).code, 0)
  const gone = await avyl('artefact', 'get', first, '--json')
  assert.is(gone.code, 1)
  assert.is(JSON.parse(gone.out).error.code, 'not-found')
})

theCommandLine('waits for a file that is still on its way from the terminal', async () => {
  const { id } = fleet.keep(Buffer.from('GIF'), 'image/png')
  fleet.refusals.set(`GET /artefacts/${id}`, 'not-ready')
  assert.is((await avyl('artefact', 'get', id, '--out', inFolder('late.png'))).code, 0)
})

theCommandLine('ends with 2 on wrong usage', async () => {
  const wrong = [
    ['scan'],
    ['scan', 'avyl-01', '--dpi', '20'],
    ['scan', 'avyl-01', '--source', 'roof'],
    ['scan', 'avyl-01', '--area', '1,2,3'],
    ['frobnicate'],
    ['command', 'avyl-01'],
    ['command', 'avyl-01', 'terminal.selftest', '--input', '{oops'],
    ['command', 'avyl-01', 'terminal.selftest', '--input', '@nothing.json'],
    ['document', 'compose', 'x:45'],
  ]
  for (const args of wrong) {
    const { code, out } = await avyl(...args, '--json')
    assert.is(code, 2, args.join(' '))
    assert.is(JSON.parse(out).error.code, 'usage')
  }
})

theCommandLine('ends with 3 when the fleet cannot be reached', async () => {
  const { code, err } = await start(['terminals'], { AVYL_URL: 'http://127.0.0.1:9' }).ended
  assert.is(code, 3)
  assert.match(err, 'does not answer')
})

theCommandLine('ends with 1 when the fleet refuses', async () => {
  const { code, err } = await start(['terminals'], { AVYL_TOKEN: 'wrong' }).ended
  assert.is(code, 1)
  assert.match(err, 'signed out')
})

theCommandLine('finds the fleet by run.json, and gives its token to no other address', async () => {
  const data = await mkdtemp(join(folder, 'data-'))
  await writeFile(join(data, 'run.json'), JSON.stringify({ url: fleet.url, token: fleet.token }))
  const there = { AVYL_URL: '', AVYL_TOKEN: '', AVYL_DATA_DIR: data }
  assert.is((await start(['terminals'], there).ended).code, 0)
  const other = new PretendFleet()
  await other.start()
  const { code } = await start(['terminals', '--url', other.url], there).ended
  await other.stop()
  assert.is(code, 1, 'the other fleet knows us by no token')
  await writeFile(join(data, 'run.json'), '{oops')
  assert.is((await start(['terminals'], there).ended).code, 2)
  const nowhere = await start(['terminals'], { ...there, AVYL_DATA_DIR: join(folder, 'none') }).ended
  assert.is(nowhere.code, 2)
  assert.match(nowhere.err, 'No fleet is known')
})

theCommandLine('is a program whose Ctrl-C cancels and whose exit code a script can read', async () => {
  const child = spawn(process.execPath, [resolve('fleet/cli/main.ts'), 'scan', 'avyl-01', '--json'], {
    env: { ...process.env, AVYL_URL: fleet.url, AVYL_TOKEN: fleet.token },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = Promise.all([once(child, 'close'), text(child.stdout)])
  const command = await fleet.asked('scanner.scan')
  await fleet.heard('GET', `/commands/${command.id}/events`)
  child.kill('SIGINT')
  const [[code], out] = await ended
  assert.is(code, 1)
  assert.is((JSON.parse(out) as Command).state, 'cancelled')
})
theCommandLine.run()
