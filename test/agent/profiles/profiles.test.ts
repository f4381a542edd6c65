import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type AgentConfigInput, parseConfig } from '../../../agent/config.ts'
import { createBackoff } from '../../../agent/link/backoff.ts'
import type { DoorRequest } from '../../../agent/link/https.ts'
import { createDescriptionDelivery } from '../../../agent/profiles/delivery.ts'
import { createEditions, sha256Of } from '../../../agent/profiles/editions.ts'
import { createProfiles, type ProfilesTimes } from '../../../agent/profiles/profiles.ts'
import { releaseProfiles } from '../../../agent/profiles/release.ts'
import type { Places } from '../../../agent/profiles/surroundings.ts'
import { canonical } from '../../../protocol/canonical.ts'
import type { CommandError } from '../../../protocol/errors.ts'
import { scratch, silent } from '../../support/agent-parts.ts'
import { startUnknownDevice } from '../../support/unknown-device.ts'

const never = new AbortController().signal
const { edition, sha256 } = await releaseProfiles(undefined)

/** What the fleet answers to a request: a status, with a body or without. */
type Answers = (request: DoorRequest) => { readonly status: number; readonly body?: Buffer }

const nothing: Answers = () => ({ status: 404 })

/** The profiles of a terminal with a fleet of pretence; `news` resolves with the next change. */
const terminal = (
  config: Partial<AgentConfigInput>,
  answers: Answers = nothing,
  places: Partial<Places> = {},
  times?: ProfilesTimes,
) => {
  const kept = new Map<string, string>()
  const asked: DoorRequest[] = []
  const door = {
    ask: async (request: DoorRequest) => {
      asked.push(request)
      const { status, body = Buffer.alloc(0) } = answers(request)
      return Object.assign(Readable.from([body]), {
        statusCode: status,
        headers: {},
      }) as unknown as IncomingMessage
    },
  }
  const marks = {
    get: (name: string) => kept.get(name),
    set: (name: string, value: string) => void kept.set(name, value),
  }
  let news = Promise.withResolvers<void>()
  const stopped = new AbortController()
  const dataFolder = scratch()
  const backoff = () => createBackoff({ base: 1, cap: 2 })
  const make = () =>
    createProfiles({
      config: parseConfig({ dataFolder, ...config }),
      editions: createEditions(`${dataFolder}/profiles`, door, () => releaseProfiles(undefined)),
      delivery: createDescriptionDelivery({ door, marks, backoff: backoff(), logger: silent }),
      ...{ marks, backoff, logger: silent, signal: stopped.signal },
      ...(times ? { times } : {}),
      changed() {
        news.resolve()
        news = Promise.withResolvers()
      },
      places: { usbFolder: '/nonexistent', dmiFolder: '/nonexistent', browse: async () => [], ...places },
    })
  const profiles = make()
  let running: Promise<void> | undefined
  return {
    profiles,
    asked,
    kept,
    make,
    next: () => news.promise,
    /** Resolves after the first choice. */
    async start() {
      const first = news.promise
      running = profiles.run(stopped.signal)
      await first
    },
    async stop() {
      stopped.abort(new Error('The test ends'))
      await running
    },
  }
}

const fakes = { scanner: { driver: 'fake' }, printer: { driver: 'fake' } } as const
const profilesOf = suite('the profiles of a terminal')

profilesOf('open what the configuration names, without a look', async () => {
  const at = terminal({ ...fakes, profiles: { terminal: 'simulated', mfp: 'simulated' } })
  await at.start()
  assert.is((await at.profiles.devices.printer.describe(never)).driver, 'fake')
  assert.equal(at.profiles.about(), { terminal: 'simulated', mfp: 'simulated', edition: sha256 })
  await at.stop()
})

profilesOf('say that nothing is there where nothing is', async () => {
  const at = terminal({})
  await at.start()
  const code = await at.profiles.devices.scanner.describe(never).catch((thrown: CommandError) => thrown.code)
  assert.is(code, 'device-absent')
  assert.equal(at.profiles.about(), { terminal: 'generic', edition: sha256 })
  await at.stop()
})

profilesOf('open a known model by its profile, within its limits', async () => {
  const device = await startUnknownDevice('Pantum BM5100ADW')
  const port = new URL(device.printerUri).port
  const at = terminal({ mfpHost: '127.0.0.1' }, nothing, {
    esclPlaces: [`${new URL(device.scannerUrl).port}/eSCL/`],
    ippPatterns: [`ipp://{host}:${port}/ipp/print`],
  })
  await at.start()
  const { mfp, unknown } = at.profiles.about()
  assert.equal([mfp, unknown], ['pantum/bm5100adw', undefined])
  assert.is((await at.profiles.devices.scanner.describe(never)).driver, 'escl')
  const printer = await at.profiles.devices.printer.describe(never)
  assert.equal([printer.makeAndModel, printer.colour], ['Pantum BM5100ADW', false])
  await at.stop()
  await device.stop()
})

profilesOf('bring the description of what nobody knows to the fleet, once it listens', async () => {
  const device = await startUnknownDevice()
  const taken = Promise.withResolvers<DoorRequest>()
  let refusals = 2
  const at = terminal(
    {
      scanner: { driver: 'escl', url: device.scannerUrl },
      printer: { driver: 'ipp', uri: device.printerUri },
    },
    (request) => {
      if (refusals-- > 0) return { status: refusals === 0 ? 503 : 403 }
      taken.resolve(request)
      return { status: 204 }
    },
  )
  await at.start()
  const { mfp, unknown, description = '' } = at.profiles.about()
  assert.equal([mfp, unknown], ['generic', true])
  const { path, body = Buffer.alloc(0) } = await taken.promise
  assert.is(path, `/device-descriptions/${description}`)
  const text = gunzipSync(body).toString('utf8')
  assert.is(sha256Of(text), description)
  assert.ok(text.includes('Katusha M240'))
  at.profiles.cameUp()
  await at.stop()
  assert.is(at.kept.get('profiles.described'), description)
  assert.is(at.asked.length, 3)
  await device.stop()
})

profilesOf('follow an edition of the fleet: an unknown model becomes known without a release', async () => {
  const device = await startUnknownDevice()
  const generic = edition.mfps.find(({ slug }) => slug === 'generic')
  if (!generic) throw new Error('the generic profile is missing')
  const katusha = {
    ...generic,
    slug: 'katusha/m240',
    match: { ipp: ['Katusha M240*'], escl: ['Katusha M240*'] },
    scan: { ways: [], dpi: [75] },
  }
  const text = canonical({ ...edition, mfps: [...edition.mfps, katusha] })
  let lost = 2
  const at = terminal(
    {
      scanner: { driver: 'escl', url: device.scannerUrl },
      printer: { driver: 'ipp', uri: device.printerUri },
    },
    ({ path }) => {
      if (!path.startsWith('/profiles/')) return { status: 204 }
      return lost-- > 0 ? { status: 502 } : { status: 200, body: gzipSync(text) }
    },
  )
  await at.start()
  assert.is(at.profiles.about().mfp, 'generic')
  assert.equal((await at.profiles.devices.scanner.describe(never)).sources[0]?.dpi, [300])
  const wanted = { sha256: sha256Of(text) }
  await at.profiles.use(wanted)
  assert.equal(at.profiles.about(), { terminal: 'generic', mfp: 'katusha/m240', edition: wanted.sha256 })
  assert.equal((await at.profiles.devices.scanner.describe(never)).sources[0]?.dpi, [])

  await at.profiles.use({ sha256: 'b'.repeat(64) })
  const after = at.profiles.about()
  assert.is(after.edition, wanted.sha256, 'the fleet sends another edition than the one asked for')
  assert.match(after.refused ?? '', /not the one/)
  await at.stop()
  await device.stop()
})

profilesOf('keep the last good edition when a new one is of no use, and say so', async () => {
  const smaller = canonical({ ...edition, mfps: edition.mfps.filter(({ slug }) => slug !== 'xerox/b205') })
  const at = terminal({ ...fakes, profiles: { terminal: 'simulated' } }, ({ path }) =>
    path.endsWith(sha256Of(smaller))
      ? { status: 200, body: gzipSync(smaller) }
      : { status: 200, body: gzipSync('{}') },
  )
  await at.start()
  assert.is(await at.profiles.use({ sha256: sha256Of(smaller) }), undefined)
  assert.equal([at.profiles.about().edition, at.profiles.about().refused], [sha256Of(smaller), undefined])
  assert.match((await at.profiles.use({ sha256: sha256Of('{}') })) ?? '', /does not fit/)
  assert.is(at.profiles.about().edition, sha256Of(smaller))
  assert.match(at.profiles.about().refused ?? '', /does not fit/)
  await at.profiles.use(undefined)
  assert.equal([at.profiles.about().edition, at.profiles.about().refused], [sha256, undefined])
  await at.stop()
})

/** Starts another agent on the same disk, which wants these editions; what it chooses by, one after another. */
const editionsOfStart = async (
  { make, next }: ReturnType<typeof terminal>,
  wanted: readonly ({ readonly sha256: string } | undefined)[],
) => {
  const again = make()
  const stop = new AbortController()
  const using = wanted.map((each) => again.use(each))
  const first = next()
  const running = again.run(stop.signal)
  await first
  const chosen = again.about().edition
  stop.abort(new Error('enough'))
  await running
  return { chosen, using }
}

profilesOf(
  'start by the edition that is wanted then, without the fleet, and not by the one they had',
  async () => {
    const smaller = canonical({ ...edition, mfps: edition.mfps.filter(({ slug }) => slug !== 'xerox/b205') })
    const at = terminal({ ...fakes, profiles: { terminal: 'simulated' } }, ({ path }) =>
      path.endsWith(sha256Of(smaller)) ? { status: 200, body: gzipSync(smaller) } : { status: 503 },
    )
    await at.start()
    const wanted = { sha256: sha256Of(smaller) }
    await at.profiles.use(wanted)
    const known = at.asked.length
    const again = await editionsOfStart(at, [wanted])
    assert.is(again.chosen, wanted.sha256)
    await Promise.all(again.using)
    assert.is(at.asked.length, known)
    assert.is((await editionsOfStart(at, [wanted, undefined])).chosen, sha256)
    assert.is((await editionsOfStart(at, [])).chosen, sha256, 'nothing but the configuration says so')
    const away = { sha256: 'd'.repeat(64) }
    const last = await editionsOfStart(at, [wanted, away])
    assert.is(last.chosen, wanted.sha256, 'what is not here yet leaves the last good one')
    await at.stop()
    await Promise.all(last.using)
  },
)

profilesOf('give up an edition that is still on its way when another one is wanted', async () => {
  const at = terminal({ ...fakes, profiles: { terminal: 'simulated' } }, () => ({ status: 503 }))
  await at.start()
  const first = at.profiles.use({ sha256: 'c'.repeat(64) })
  await at.profiles.use({ sha256 })
  await first
  assert.equal([at.profiles.about().edition, at.profiles.about().refused], [sha256, undefined])
  await at.stop()
})

/** A place where devices may be found in the course of a test, as one that announces itself anywhere is. */
const somewhere = () => {
  const places = { esclPlaces: [] as string[], ippPatterns: [] as string[] }
  return {
    places,
    show({ scannerUrl, printerUri }: Awaited<ReturnType<typeof startUnknownDevice>>) {
      places.esclPlaces.push(`${new URL(scannerUrl).port}/eSCL/`)
      places.ippPatterns.push(`ipp://{host}:${new URL(printerUri).port}/ipp/print`)
    },
  }
}
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'there',
    ({ code }: CommandError) => code,
  )
const mfpHost = '127.0.0.1'

profilesOf('look at once for who asks, and once for all who ask meanwhile', async () => {
  const { places, show } = somewhere()
  const at = terminal({ mfpHost }, nothing, places)
  await at.start()
  const { printer, scanner } = at.profiles.devices
  assert.is(await codeOf(printer.describe(never)), 'device-absent')
  const device = await startUnknownDevice('Pantum BM5100ADW')
  show(device)
  await Promise.all([at.profiles.look(never), at.profiles.look(never)])
  assert.is((await printer.describe(never)).makeAndModel, 'Pantum BM5100ADW')
  assert.is((await scanner.describe(never)).driver, 'escl')
  assert.is(at.profiles.about().mfp, 'pantum/bm5100adw')
  const seen = device.asked.filter((url) => url.endsWith('/ScannerCapabilities'))
  assert.is(seen.length, 2, 'one look and one description')
  await device.stop()
  await at.profiles.look(never)
  assert.is(at.profiles.about().mfp, 'pantum/bm5100adw', 'what is switched off is still that model')
  await at.stop()
})

profilesOf('let nobody wait for a look who has gone', async () => {
  const at = terminal({ mfpHost: '192.0.2.1' }, nothing, { ippPatterns: ['ipp://{host}/ipp/print'] })
  const leaving = new AbortController()
  const looking = at.profiles.look(leaving.signal)
  leaving.abort(new Error('enough'))
  await looking
  await at.stop()
})

profilesOf('follow a device that is silent to its new address, and to no other model', async () => {
  const { places, show } = somewhere()
  const times = { watchMs: 20, absence: { firstMs: 20, longestMs: 40 } }
  const at = terminal({ mfpHost }, nothing, places, times)
  const first = await startUnknownDevice()
  show(first)
  await at.start()
  const { printer } = at.profiles.devices
  assert.is((await printer.describe(never)).makeAndModel, 'Katusha M240')
  await first.stop()
  assert.is(await codeOf(printer.describe(never)), 'device-absent')
  const foreign = await startUnknownDevice('Foreign 17')
  show(foreign)
  while (foreign.asked.length < 2) await sleep(10)
  assert.is(await codeOf(printer.describe(never)), 'device-absent')
  const moved = at.next()
  await foreign.stop()
  const second = await startUnknownDevice()
  show(second)
  await moved
  assert.is((await printer.describe(never)).makeAndModel, 'Katusha M240')
  assert.is((await at.profiles.devices.scanner.describe(never)).driver, 'escl')
  const known = second.asked.length
  await sleep(150)
  assert.is(second.asked.length, known, 'nobody looks for what answers')
  await second.stop()
  await at.stop()
})

/** What a device announces of itself on the shop's network. */
const announced = ({ scannerUrl, printerUri }: Awaited<ReturnType<typeof startUnknownDevice>>) => {
  const { hostname: host, port } = new URL(printerUri)
  const scans = {
    service: 'escl',
    host,
    port: Number(new URL(scannerUrl).port),
    type: '',
    path: 'eSCL',
  } as const
  return [scans, { service: 'ipp', host, port: Number(port), type: '', path: 'ipp/print' } as const]
}

profilesOf('take no other model of the network after a start, until somebody looks', async () => {
  const devices: Awaited<ReturnType<typeof startUnknownDevice>>[] = []
  const browse = async () => devices.flatMap(announced)
  const own = await startUnknownDevice()
  devices.push(own)
  const at = terminal({}, nothing, { browse })
  await at.start()
  assert.is((await at.profiles.devices.printer.describe(never)).makeAndModel, 'Katusha M240')
  await own.stop()

  const foreign = await startUnknownDevice('Foreign 17', undefined, '127.0.0.2')
  devices.splice(0, 1, foreign)
  const again = at.make()
  const stop = new AbortController()
  const choice = at.next()
  const running = again.run(stop.signal)
  await choice
  assert.ok(foreign.asked.length > 0)
  assert.is(await codeOf(again.devices.printer.describe(never)), 'device-absent')
  assert.is(await codeOf(again.devices.scanner.describe(never)), 'device-absent')

  await again.look(never)
  assert.is((await again.devices.printer.describe(never)).makeAndModel, 'Foreign 17')
  assert.is(at.kept.get('profiles.models'), 'Foreign 17')
  stop.abort(new Error('enough'))
  await running
  await foreign.stop()
  await at.stop()
})

profilesOf.run()
