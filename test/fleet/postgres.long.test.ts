import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAgent } from '../../agent/agent.ts'
import { createFakePrinter } from '../../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../../agent/capabilities/scanner/fake.ts'
import { parseConfig } from '../../agent/config.ts'
import { succeed } from '../../bench/run-command.ts'
import { readConfig } from '../../fleet/config.ts'
import { createFleet } from '../../fleet/fleet.ts'
import { openPool } from '../../fleet/store/postgres.ts'
import { createApi } from '../../fleet/web/api.ts'
import { allThere } from '../../simulator/village-run.ts'
import { silent } from '../support/fleet.ts'
import { startPostgres } from '../support/postgres.ts'

const aFleet = suite('a fleet whose store is PostgreSQL')

aFleet('lets a terminal join, runs a command on it, and knows it all after a restart', async () => {
  const server = await startPostgres()
  const { url, passwordFile } = await server.database()
  const folder = await mkdtemp(join(tmpdir(), 'avyl-fleet-'))
  const settings = {
    ...readConfig({
      AVYL_STORE: url,
      AVYL_STORE_PASSWORD_FILE: passwordFile,
      AVYL_DATA_DIR: join(folder, 'fleet'),
    }),
    ...{ httpPort: 0, mqttPort: 0 },
  }
  const told: string[] = []
  const fleet = createFleet(settings, pino({ level: 'trace' }, { write: (line) => void told.push(line) }))
  await fleet.start()
  await fleet.registerTerminal('t1', 'Арча')
  const { key, certificate, ca } = await fleet.issueTerminal('t1')
  for (const [name, text] of Object.entries({ key, certificate, ca }))
    await writeFile(join(folder, `${name}.pem`), text)
  const agent = createAgent(
    parseConfig(
      {
        ...{ deviceId: 't1', fleet: { host: '127.0.0.1', port: fleet.mqttPort }, dataFolder: 'agent' },
        ...{ key: 'key.pem', certificate: 'certificate.pem', ca: 'ca.pem' },
      },
      folder,
    ),
    { logger: silent, devices: { scanner: new FakeScanDriver(), printer: createFakePrinter() } },
  )
  await agent.start()
  const token = await fleet.createToken('test', 'admin')
  const open = (address: string) => createApi({ url: address, headers: { authorization: `Bearer ${token}` } })
  const api = open(fleet.url)
  await allThere(api, ['t1'])
  const { id } = await succeed(api, 't1', { name: 'printer.describe', input: {} })
  await agent.stop()
  await fleet.stop()

  const again = createFleet(settings, silent)
  await again.start()
  assert.is((await open(again.url).command(id)).state, 'succeeded')
  assert.is((await open(again.url).terminal('t1')).village, 'Арча')
  await again.stop()

  const pool = await openPool({ url, passwordFile }, 1)
  const { rows } = await pool.query(
    "select 1 from information_schema.tables where table_name = 'telemetry_raw'",
  )
  assert.is(rows.length, 1, 'the vitals are there too')
  await pool.end()
  assert.not.match(told.join(''), 'with @ all')
  await server.stop()
  await rm(folder, { recursive: true })
})

aFleet('that does not reach it says so, and not with which password', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-fleet-'))
  const told: string[] = []
  const log = pino({ level: 'trace' }, { write: (line) => void told.push(line) })
  const AVYL_STORE = `postgres://fleet:geheim@${encodeURIComponent(folder)}/none`
  const fleet = createFleet({ ...readConfig({ AVYL_STORE, AVYL_DATA_DIR: folder }) }, log)
  const outcome = await fleet.start().then(
    () => 'started',
    (error: Error) => `${error.stack} ${(error.cause as Error | undefined)?.stack}`,
  )
  assert.match(outcome, /ENOENT|ECONNREFUSED/)
  assert.not.match(`${outcome}${told.join('')}`, 'geheim')
  assert.throws(() => readConfig({ AVYL_STORE: 'mysql://fleet:geheim@db/none' }), /^AVYL_STORE (?!.*geheim)/)
  await rm(folder, { recursive: true })
})

aFleet.run()
