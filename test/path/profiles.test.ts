import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAgent } from '../../agent/agent.ts'
import { parseConfig } from '../../agent/config.ts'
import type { Terminal } from '../../fleet/api/schemas.ts'
import { readConfig } from '../../fleet/config.ts'
import { createFleet } from '../../fleet/fleet.ts'
import { createApi } from '../../fleet/web/api.ts'
import { configurationApi } from '../../fleet/web/configuration-api.ts'
import { profileApi } from '../../fleet/web/profile-api.ts'
import { openEvents } from '../../simulator/live-events.ts'
import { silent } from '../support/fleet.ts'
import { startUnknownDevice } from '../support/unknown-device.ts'

const device = 'terminal-1'
const village = { scope: 'village', name: 'Арча' }
const unknownModel = suite('a model that nobody knows')

unknownModel(
  'is described by its terminal, becomes a profile, and works by it without a release',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'avyl-profiles-'))
    const mfp = await startUnknownDevice()
    const settings = { ...readConfig({ AVYL_DATA_DIR: join(folder, 'fleet') }), httpPort: 0, mqttPort: 0 }
    const fleet = createFleet(settings, silent)
    await fleet.start()
    await fleet.registerTerminal(device, village.name)
    const { key, certificate, ca } = await fleet.issueTerminal(device)
    const files = {
      key: join(folder, 'key.pem'),
      certificate: join(folder, 'cert.pem'),
      ca: join(folder, 'ca.pem'),
    }
    await writeFile(files.key, key)
    await writeFile(files.certificate, certificate)
    await writeFile(files.ca, ca)
    const headers = { authorization: `Bearer ${await fleet.createToken('test', 'admin')}` }
    const api = createApi({ url: fleet.url, headers })
    const profiles = profileApi(api)
    const leave = new AbortController()
    const events = await openEvents(api, '/events', leave.signal)
    const seen = events[Symbol.asyncIterator]()
    /** Resolves with the next word of the terminal of which this holds. */
    const until = async (holds: (profiles: NonNullable<Terminal['profiles']>) => boolean) => {
      for (;;) {
        const { value, done } = await seen.next()
        if (done) throw new Error('The events ended')
        const said = value.event === 'terminal' ? (value.data as Terminal).profiles : undefined
        if (said && holds(said)) return said
      }
    }
    /** The models by which the terminal opened its devices, one after another. */
    const opened: unknown[] = []
    const opening = new EventEmitter()
    const logger = pino(
      {},
      {
        write(line: string) {
          const { msg, mfp } = JSON.parse(line)
          if (msg !== 'profiles were chosen') return
          opened.push(mfp)
          opening.emit('opened')
        },
      },
    )
    const makeAgent = () =>
      createAgent(
        parseConfig({
          ...{ deviceId: device, ...files, dataFolder: join(folder, 'agent') },
          fleet: { host: '127.0.0.1', port: fleet.mqttPort },
          link: { backoffBaseMs: 10, backoffCapMs: 100 },
          scanner: { driver: 'escl', url: mfp.scannerUrl },
          printer: { driver: 'ipp', uri: mfp.printerUri },
        }),
        { logger },
      )
    const agent = makeAgent()
    const later = makeAgent()
    try {
      await agent.start()
      const flagged = await until(({ unknown }) => unknown === true)
      assert.is(flagged.mfp, 'generic')
      // The description goes its own way, by HTTPS.
      let seed = await profiles.seed(device).catch(() => undefined)
      while (!seed) seed = await profiles.seed(device).catch(() => undefined)
      assert.equal([seed.sha256, seed.draft.slug], [flagged.description, 'katusha/m240'])

      const { edition } = await profiles.put('mfps', seed.draft.slug, seed.draft)
      const configuration = configurationApi(api)
      const { version } = await configuration.layer(village)
      await configuration.writeLayer(village, { content: { profiles: { sha256: edition } }, version })
      const known = await until(({ mfp: slug }) => slug === 'katusha/m240')
      assert.equal([known.edition, known.unknown], [edition, undefined])
      await agent.stop()
      await fleet.stop()
      opened.length = 0
      const again = once(opening, 'opened')
      await later.start()
      await again
      assert.equal(opened, ['katusha/m240'], 'it starts by that edition at once, also without the fleet')
    } finally {
      leave.abort()
      await agent.stop()
      await later.stop()
      await fleet.stop()
      await mfp.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
)

unknownModel.run()
