import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../../../fleet/config.ts'
import { createFleet, type Fleet } from '../../../../fleet/fleet.ts'
import { runAvyl } from '../../../support/avyl.ts'
import { silent } from '../../../support/fleet.ts'

let folder = ''
let fleet: Fleet
let token = ''

/** The depot at work with the list of the test; `LANG` says in which language. */
const depot = (language: string, ...args: string[]) => {
  const files = ['--csv', join(folder, 'villages.csv'), '--out', join(folder, 'bundles')]
  return runAvyl(['depot', ...files, ...args], { LANG: language, AVYL_URL: fleet.url, AVYL_TOKEN: token })
}

const theShell = suite('the depot from the shell')
theShell.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avyl-depot-shell-'))
  await writeFile(join(folder, 'villages.csv'), 'device,village,serial\nbakhta,Бахта,SN-1\n')
  const settings = readConfig({ AVYL_DATA_DIR: join(folder, 'fleet'), AVYL_LOG_LEVEL: 'silent' })
  fleet = createFleet({ ...settings, httpPort: 0, mqttPort: 0 }, silent)
  await fleet.start()
  token = await fleet.createToken('test', 'admin')
})
theShell.after(async () => {
  await fleet.stop()
  await rm(folder, { recursive: true, force: true })
})

theShell('refuses a fleet that listens on loopback, and names the setting and the way round', async () => {
  const { code, out, err } = await depot('en_GB.UTF-8')
  assert.equal([code, out], [2, ''])
  assert.match(err, `127.0.0.1:${fleet.mqttPort}, which only its own machine reaches. AVYL_DOOR_NAMES`)
  assert.match(err, '--trial')
  assert.not.ok(existsSync(join(folder, 'bundles/bakhta')))
})

theShell('refuses a folder that cannot be made', async () => {
  const file = join(folder, 'villages.csv')
  const { code, err } = await depot('en_GB.UTF-8', '--trial', '--out', file)
  assert.equal([code, err], [2, `${file} cannot be made\n`])
})

theShell('says what it made and where terminals will look for Kazan, to people and to programs', async () => {
  const address = `127.0.0.1:${fleet.mqttPort}`
  const made = await depot('en_GB.UTF-8', '--trial')
  assert.equal([made.code, made.err], [0, ''])
  assert.match(made.out, 'bakhta\tБахта\tnew code\n')
  assert.ok(made.out.endsWith(`\nTerminals will look for Kazan at ${address}.\n`), made.out)
  const kept = await depot('ru_RU.UTF-8', '--trial')
  assert.match(kept.out, `Терминалы будут искать Казань по адресу ${address}.`)
  const told = JSON.parse((await depot('tt_RU.UTF-8', '--trial', '--json')).out)
  assert.equal(told, {
    bundles: [{ device: 'bakhta', village: 'Бахта', outcome: 'kept' }],
    fleet: { host: '127.0.0.1', port: fleet.mqttPort },
  })
})

theShell('has a corrected serial number in the claim of the fleet too', async () => {
  await writeFile(join(folder, 'villages.csv'), 'device,village,serial\nbakhta,Бахта,SN-2\n')
  const corrected = await depot('en_GB.UTF-8', '--trial')
  assert.match(
    corrected.out,
    'bakhta\tБахта\tcorrected by the list, the former code was withdrawn: new code\n',
  )
  const headers = { authorization: `Bearer ${token}` }
  const claims = await (await fetch(`${fleet.url}/api/v1/claims`, { headers })).json()
  assert.equal(
    (claims as { serial: string; state: string }[]).map(({ serial, state }) => [serial, state]),
    [
      ['SN-2', 'open'],
      ['SN-1', 'withdrawn'],
    ],
  )
})

theShell('keeps the bundles in one folder, where none is said', async () => {
  const before = process.cwd()
  process.chdir(folder)
  try {
    const there = { AVYL_URL: fleet.url, AVYL_TOKEN: token }
    const { code, out } = await runAvyl(['depot', '--csv', 'villages.csv', '--trial'], there)
    assert.is(code, 0)
    assert.match(out, 'bakhta\tБахта\tits code still holds\n')
  } finally {
    process.chdir(before)
  }
})

theShell.run()
