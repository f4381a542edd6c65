import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createClaimFiles } from '../../../agent/setup/claim-files.ts'
import { SetupFault } from '../../../agent/setup/fault.ts'
import type { ClaimFile } from '../../../protocol/claim-file.ts'
import { scratch } from '../../support/agent-parts.ts'

const now = 1_790_000_000_000
const clock = { now: () => now, trusted: true }
const file = (device: string, changes: Partial<ClaimFile> = {}): ClaimFile => ({
  version: 1,
  device,
  village: device,
  code: '4QKX7MNT9B',
  expiresAt: now + 1,
  fleet: { host: 'fleet.test', port: 8883 },
  ca: 'PEM',
  ...changes,
})

/** What is chosen from a stick with these files, by a terminal with the serial number `S-1`: its device, or the problem. */
const chosenFrom = async (files: readonly ClaimFile[], at = clock): Promise<string | undefined> => {
  const stick = scratch()
  for (const [number, one] of files.entries()) {
    const folder = join(stick, 'bundles', `${number}`)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'avyl-claim.json'), JSON.stringify(one))
  }
  return createClaimFiles([join(stick, 'none'), stick], 'S-1', at)
    .own()
    .then(
      (own) => own && `${own.device} ${own.code}`,
      (thrown: unknown) => (thrown instanceof SetupFault ? thrown.problem : String(thrown)),
    )
}
const is = (device: string, code = '4QKX7MNT9B') => `${device} ${code}`

const aStick = suite('a memory stick')

aStick('with one claim file is for the terminal that it is in', async () => {
  assert.is(await chosenFrom([]), undefined)
  assert.is(await chosenFrom([file('kitelga')]), is('kitelga'))
})

aStick(
  'with the files of all villages claims the one whose serial number is that of the terminal',
  async () => {
    const all = ['azeevo', 'bakhta', 'kitelga'].map((device) => file(device))
    const own = file('druzhba', { serial: 'S-1' })
    assert.is(await chosenFrom([...all, own]), is('druzhba'))
    const others = all.map((one, number) => ({ ...one, serial: `S-${number + 2}` }))
    assert.is(await chosenFrom([...others, own]), is('druzhba'))
    assert.is(await chosenFrom([...others, file('druzhba')]), is('druzhba'))
  },
)

aStick('with several files that may all be for the terminal claims none of them', async () => {
  assert.is(await chosenFrom([file('azeevo'), file('kitelga')]), 'claim-other-device')
})

aStick('says for which villages its files are where it offers none of them', async () => {
  const stick = scratch()
  for (const [folder, one] of [
    ['', file('kitelga')],
    ['older', file('kitelga', { code: '0000000000' })],
    ['other', file('azeevo')],
  ] as const) {
    await mkdir(join(stick, folder), { recursive: true })
    await writeFile(join(stick, folder, 'avyl-claim.json'), JSON.stringify(one))
  }
  const why = await createClaimFiles([stick], 'S-1', clock)
    .own()
    .catch((thrown: unknown) => thrown)
  assert.ok(why instanceof SetupFault)
  assert.is(why.message, 'azeevo, kitelga')
})

aStick('with files for other machines alone says that', async () => {
  const others = [file('azeevo', { serial: 'S-2' }), file('kitelga', { serial: 'S-3' })]
  assert.is(await chosenFrom(others), 'serial-differs')
})

aStick('with an old file beside the new one claims by the new one', async () => {
  const old = file('kitelga', { code: '0000000000', expiresAt: now })
  assert.is(await chosenFrom([file('azeevo', { expiresAt: now }), file('kitelga')]), is('kitelga'))
  assert.is(await chosenFrom([old, file('kitelga')]), is('kitelga'))
  const later = file('kitelga', { code: '1111111111', expiresAt: now + 2 })
  assert.is(await chosenFrom([file('kitelga'), later]), is('kitelga', '1111111111'))
  assert.is(await chosenFrom([old]), 'claim-expired')
})

aStick('is not judged by a clock that cannot be right', async () => {
  const astray = { now: () => now + 10, trusted: false }
  assert.is(await chosenFrom([file('kitelga')], astray), is('kitelga'))
})

aStick(
  'is searched where desktops mount it, past pipes and what is no claim, and tells where the fleet is',
  async () => {
    const media = scratch()
    const files = createClaimFiles([media], 'S-1', clock)
    const folders = ['azeevo', 'bakhta', 'kitelga'].map((name) =>
      join(media, 'technician', 'STICK', 'bundles', name),
    )
    for (const folder of folders) await mkdir(folder, { recursive: true })
    const [pipe = '', broken = '', whole = ''] = folders.map((folder) => join(folder, 'avyl-claim.json'))
    execFileSync('mkfifo', [pipe])
    await writeFile(broken, '{"version":1}')
    assert.is(await files.newest(), undefined)
    const other = file('kitelga', { serial: 'S-2' })
    await writeFile(whole, JSON.stringify(other))
    assert.equal(await files.newest(), other)
    assert.equal(await files.withCode(other.code), other)
    assert.is(await files.withCode('0000000000'), undefined)
  },
)

aStick('that holds more than can be looked through is not looked through for ever', async () => {
  const stick = scratch()
  for (let number = 0; number < 2100; number += 1) await mkdir(join(stick, `photographs-${number}`))
  await writeFile(join(stick, 'avyl-claim.json'), JSON.stringify(file('kitelga')))
  assert.is((await createClaimFiles([stick], 'S-1', clock).own())?.device, 'kitelga')
})

aStick.run()
