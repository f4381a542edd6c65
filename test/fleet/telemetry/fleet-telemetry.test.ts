import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Logger, pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { day, minute, noon, openVitals, report } from '../../support/vitals.ts'

const folders: string[] = []
const newFile = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-vitals-'))
  folders.push(folder)
  return join(folder, 'telemetry.db')
}

/** A log that remembers. */
const openLog = (): { readonly log: Logger; readonly lines: Record<string, unknown>[] } => {
  const lines: Record<string, unknown>[] = []
  return { log: pino({}, { write: (line) => void lines.push(JSON.parse(line)) }), lines }
}

/** A hundred samples of one terminal, each a millisecond after the other. */
const hundred = (from: number) =>
  report(...Array.from({ length: 100 }, (_, index) => [from + index, { cpu: 0.5 }] as const))

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'kept',
    (error: Error) => error.message,
  )

const theVitals = suite('the vitals of the fleet')

theVitals.after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

theVitals('are told to whoever watches once they are in the store', async () => {
  const { telemetry } = await openVitals({ file: await newFile() })
  const heard: [string, unknown][] = []
  const end = telemetry.watch((terminal) => heard.push([terminal, telemetry.latest(terminal)]))
  await telemetry.keep('t1', report([noon, { cpu: 0.5 }]))
  assert.equal(heard, [['t1', { cpu: { value: 0.5, at: noon } }]])
  end()
  await telemetry.keep('t1', report([noon + 1, { cpu: 0.5 }]))
  await telemetry.keep('t1', report([noon + 2, { cpu: null, unknown: 1 }]))
  assert.is(heard.length, 1)
  await telemetry.stop()
})

theVitals('of a clock that lies and numbers that no device measures are left out, and counted', async () => {
  const { log, lines } = openLog()
  const { telemetry, past } = await openVitals({ file: await newFile() }, { log })
  await telemetry.keep(
    't1',
    report(
      [noon + 2 * minute, { cpu: 1 }],
      [noon - 8 * day, { cpu: 1 }],
      [0, { cpu: 1 }],
      [noon + minute / 2, { cpu: 0.5 }],
      [noon - 6 * day, { cpu: 0.5 }],
      [noon, { cpu: 1e300, memory: 0.5 }],
    ),
  )
  const known = await past(noon - 9 * day, noon + day)
  assert.ok(known.length > 0 && known.every(({ max }) => max === 0.5), JSON.stringify(known))
  assert.is(telemetry.latest('t1').memory?.value, 0.5)
  await telemetry.stop()
  const told = lines.find(({ msg }) => msg === 'vitals were dropped')
  assert.equal([told?.misdated, told?.tooMany, told?.unkept], [3, 0, 0])
})

theVitals('of a terminal that floods are cut off, those of the others not', async () => {
  const { log, lines } = openLog()
  const rate = { perSecond: 0.001, burst: 250 }
  const { telemetry, past } = await openVitals({ file: await newFile() }, { log, rate })
  await Promise.all(
    Array.from({ length: 40 }, (_, index) => telemetry.keep('t1', hundred(noon - minute + index * 100))),
  )
  await telemetry.keep('t2', report([noon, { cpu: 1 }]))
  assert.is((await past(noon - day, noon + 1)).length, 250)
  assert.is(telemetry.latest('t2').cpu?.value, 1)
  await telemetry.stop()
  assert.is(lines.find(({ msg }) => msg === 'vitals were dropped')?.tooMany, 3750)
})

theVitals(
  'wait in bounded memory: what is too much is refused, and comes when it is sent again',
  async () => {
    const { telemetry, past } = await openVitals(
      { file: await newFile() },
      { rate: { perSecond: 1, burst: 1_000_000 } },
    )
    const messages = Array.from({ length: 510 }, (_, index) => hundred(noon - minute + index * 100))
    const outcomes = await Promise.all(messages.map((message) => outcome(telemetry.keep('t1', message))))
    assert.is(outcomes.filter((text) => text === 'kept').length, 500)
    assert.match(outcomes.at(-1) ?? '', /too many/i)
    await Promise.all(messages.slice(500).map((message) => telemetry.keep('t1', message)))
    const points = await past(noon - day, noon + minute, 100)
    assert.is(points.length, 510)
    await telemetry.stop()
  },
)

theVitals('in a file that is no database are put aside, told, and begun anew', async () => {
  const file = await newFile()
  await writeFile(file, 'no database at all '.repeat(1000))
  const { log, lines } = openLog()
  const { telemetry, past } = await openVitals({ file }, { log })
  await telemetry.keep('t1', report([noon, { cpu: 0.5 }]))
  assert.is((await past(noon - day, noon + 1)).length, 1)
  await telemetry.stop()
  assert.is(lines.filter(({ file: aside }) => aside === `${file}.damaged`).length, 1)
  assert.match(await readFile(`${file}.damaged`, 'utf8'), /^no database/)
})

theVitals(
  'whose file broke while nobody looked are begun anew too, and take in what comes then',
  async () => {
    const file = await newFile()
    const { log, lines } = openLog()
    const world = await openVitals({ file }, { log })
    const messages = Array.from({ length: 200 }, (_, index) => hundred(noon - minute + index * 100))
    await Promise.all(messages.map((message) => world.telemetry.keep('t1', message)))
    await world.telemetry.stop()
    const bytes = await readFile(file)
    bytes.fill(0xa5, 3 * 4096)
    await writeFile(file, bytes)
    const broken = await openVitals({ file }, { log })
    await Promise.all([broken.telemetry.tend(), broken.telemetry.keep('t2', report([noon, { cpu: 0.5 }]))])
    assert.is(broken.telemetry.latest('t2').cpu?.value, 0.5)
    await broken.telemetry.stop()
    assert.ok(lines.some(({ file: aside }) => aside === `${file}.damaged`))
    const fresh = new DatabaseSync(file)
    assert.is(fresh.prepare('pragma integrity_check').get()?.integrity_check, 'ok')
    fresh.close()
  },
)

theVitals('that cannot be kept are not acknowledged, and are kept once the store is back', async () => {
  const file = await newFile()
  const { log, lines } = openLog()
  const { telemetry } = await openVitals({ file: join(file, 'telemetry.db') }, { log })
  assert.is(lines.length, 1, 'a fleet starts without them')
  assert.not.ok((await outcome(telemetry.keep('t1', report([noon, { cpu: 0.5 }])))) === 'kept')
  assert.equal(telemetry.latest('t1'), {})
  await telemetry.tend()
  await mkdir(file)
  await telemetry.keep('t1', report([noon, { cpu: 0.5 }]))
  assert.ok((await readdir(file)).includes('telemetry.db'))
  await telemetry.stop()
  await telemetry.stop()
})

theVitals.run()
