import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../../agent/profiles/description.ts'
import type { ProfileAnswer, ProfileList } from '../../../fleet/api/profile-schemas.ts'
import { runAvyl } from '../../support/avyl.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'
import { nothingThere } from '../../support/unknown-device.ts'

const door = await openPeoplesDoor()
await door.profiles.start()
const address = await door.app.listen({ host: '127.0.0.1', port: 0 })
const folder = await mkdtemp(join(tmpdir(), 'avyl-profile-'))

const run = (args: readonly string[], language = 'en_GB.UTF-8') => {
  const [, token = ''] = door.bearer.authorization.split(' ')
  return runAvyl(['profile', ...args], { LANG: language, AVYL_URL: address, AVYL_TOKEN: token })
}

const theProfiles = suite('avyl profile')
theProfiles.after(async () => {
  await door.close()
  await rm(folder, { recursive: true })
})

theProfiles('lists them and names their edition', async () => {
  const { out, code } = await run(['list'])
  assert.is(code, 0)
  assert.match(out, /mfps\/xerox\/b205\tXerox B205\trelease/)
  assert.ok(out.includes(door.profiles.reference.sha256))
})

theProfiles('shows one with its recovery steps, in the language of whoever reads', async () => {
  assert.match((await run(['show', 'brother/dcp-1510'])).out, /2\. Switch the device off.* \(The only cure/)
  assert.match((await run(['show', 'brother/dcp-1510'], 'ru_RU.UTF-8')).out, /Позвать техника/)
  assert.match((await run(['show', 'generic', '--kind', 'terminals'])).out, /terminals\/generic/)
  assert.is((await run(['show', 'no/such'])).code, 1)
})

theProfiles('makes a draft of what a terminal does not know, which becomes a profile', async () => {
  assert.is((await run(['seed', 't1'])).code, 1)
  const usb = [{ id: '1234:abcd', manufacturer: 'Katusha', product: 'M240', interfaces: ['07/01/02'] }]
  const { sha256, text: description } = capture({ ...nothingThere, usb })
  await door.deviceDescriptions.keep('t1', sha256, description)
  assert.equal(JSON.parse((await run(['seed', 't1', '--description'])).out), JSON.parse(description))
  const file = join(folder, 'draft.json')
  await writeFile(file, (await run(['seed', 't1'])).out)
  const put = await run(['put', file, '--json'])
  assert.equal([put.code, (JSON.parse(put.out) as ProfileAnswer).slug], [0, 'katusha/m240'])
  const { profiles } = JSON.parse((await run(['list', '--json'])).out) as ProfileList
  assert.is(profiles.find(({ slug }) => slug === 'katusha/m240')?.origin, 'fleet')
  assert.match((await run(['remove', 'katusha/m240'])).out, /katusha\/m240 of our own is removed/)
})

theProfiles('takes no file that is none', async () => {
  const file = join(folder, 'wrong.json')
  assert.is((await run(['put', join(folder, 'missing.json')])).code, 2)
  await writeFile(file, '{')
  assert.is((await run(['put', file])).code, 2)
  await writeFile(file, '[]')
  assert.is((await run(['put', file])).code, 2)
  await writeFile(file, '{"slug":"xerox/b205"}')
  assert.is((await run(['put', file])).code, 1)
})

theProfiles.run()
