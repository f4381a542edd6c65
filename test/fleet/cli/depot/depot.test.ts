import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Check } from 'typebox/value'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Claim, Claims } from '../../../../fleet/cli/depot/claims.ts'
import { prepareDepot } from '../../../../fleet/cli/depot/depot.ts'
import { readVillages } from '../../../../fleet/cli/depot/villages.ts'
import { UsageError } from '../../../../fleet/cli/exit.ts'
import { ClaimFile } from '../../../../protocol/claim-file.ts'
import { villages as simulated } from '../../../../simulator/villages.ts'

/** A fleet that makes claims; its codes count up. */
const pretendClaims = () => {
  const all: (Claim & { readonly village: string; readonly serial?: string })[] = []
  const door = { host: 'fleet.test', port: 8883, ca: 'PEM of the root' }
  const claims: Claims = {
    door: async () => ({ ...door }),
    list: async () => all.toReversed(),
    create: async ({ device, village, serial }) => {
      const number = all.length + 1
      const claim: (typeof all)[number] = {
        id: `${number}`,
        device,
        village,
        ...(serial === undefined ? {} : { serial }),
        state: 'open',
        expiresAt: 1_800_000_000_000 + number,
      }
      all.push(claim)
      return { ...claim, code: `CDE${String(number).padStart(7, '0')}` }
    },
    async withdraw(id) {
      become(id, 'withdrawn')
    },
  }
  const become = (id: string, state: Claim['state']) => {
    const at = all.findIndex((claim) => claim.id === id)
    const claim = all[at]
    if (claim) all[at] = { ...claim, state }
  }
  return { all, claims, become, door }
}

const list = readVillages(
  Buffer.from('device,village,district\nbakhta,Бахта,Чистопольский\nkitelga,Кителга,\n'),
)
const quiet = { renew: false, reprint: false, trial: false, show: () => undefined }

const withFolder = async (use: (folder: string) => Promise<void>) => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-depot-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const claimFile = async (folder: string, device: string): Promise<ClaimFile> => {
  const value: unknown = JSON.parse(await readFile(join(folder, device, 'avyl-claim.json'), 'utf8'))
  assert.ok(Check(ClaimFile, value))
  return value as ClaimFile
}

const outcomes = (made: Awaited<ReturnType<typeof prepareDepot>>) =>
  made.bundles.map(({ outcome }) => outcome)

const theDepot = suite('the depot')

theDepot('makes a bundle and a label for each village, readable by their owner alone', () =>
  withFolder(async (out) => {
    const { claims } = pretendClaims()
    const made = await prepareDepot(claims, list, { ...quiet, out })
    assert.equal(outcomes(made), ['made', 'made'])
    const file = await claimFile(out, 'bakhta')
    assert.equal(
      [file.village, file.code, file.fleet],
      ['Бахта', 'CDE0000001', { host: 'fleet.test', port: 8883 }],
    )
    assert.is((await stat(join(out, 'bakhta', 'avyl-claim.json'))).mode & 0o777, 0o600)
    assert.not.match(JSON.stringify(file), /PRIVATE/)
    assert.equal((await readdir(out)).sort(), ['bakhta', 'kitelga', 'labels.pdf'])
    assert.equal((await readdir(join(out, 'kitelga'))).sort(), ['avyl-claim.json', 'label.pdf'])
  }),
)

theDepot('prints labels whose codes can be read by a machine', () =>
  withFolder(async (out) => {
    await prepareDepot(pretendClaims().claims, list, { ...quiet, out })
    const run = promisify(execFile)
    await run('pdftoppm', ['-r', '150', '-jpeg', '-singlefile', join(out, 'labels.pdf'), join(out, 'labels')])
    const child = new URL('../../../../agent/setup/sheet/child.ts', import.meta.url).pathname
    const { stdout } = await run(process.execPath, [child, 'read', join(out, 'labels.jpg')])
    const texts = (JSON.parse(stdout) as { text: string }[]).map(({ text }) => text).sort()
    assert.equal(texts, ['AVYL:CLAIM:CDE0000001', 'AVYL:CLAIM:CDE0000002'])
  }),
)

theDepot('run again leaves codes that hold alone and prints none twice', () =>
  withFolder(async (out) => {
    const { claims, all } = pretendClaims()
    await prepareDepot(claims, list, { ...quiet, out })
    const again = await prepareDepot(claims, list, { ...quiet, out })
    assert.equal([outcomes(again), again.labels, all.length], [['kept', 'kept'], undefined, 2])
    const printed = await prepareDepot(claims, list, { ...quiet, out, reprint: true })
    assert.equal([outcomes(printed), printed.labels], [['reprinted', 'reprinted'], 'labels-2.pdf'])
    assert.is((await claimFile(out, 'bakhta')).code, 'CDE0000001')
  }),
)

theDepot('makes new codes for used and expired ones only when it is asked to', () =>
  withFolder(async (out) => {
    const { claims, become } = pretendClaims()
    await prepareDepot(claims, list, { ...quiet, out })
    become('1', 'used')
    become('2', 'expired')
    assert.equal(outcomes(await prepareDepot(claims, list, { ...quiet, out })), ['used', 'expired'])
    const renewed = await prepareDepot(claims, list, { ...quiet, out, renew: true })
    assert.equal(outcomes(renewed), ['renewed', 'renewed'])
    assert.is((await claimFile(out, 'kitelga')).code, 'CDE0000004')
  }),
)

theDepot('takes back a code that was cut short before it was written', () =>
  withFolder(async (out) => {
    const { claims, all } = pretendClaims()
    await claims.create(list[0] ?? { device: '', village: '' })
    assert.equal(outcomes(await prepareDepot(claims, list, { ...quiet, out })), ['made', 'made'])
    assert.is(all[0]?.state, 'withdrawn')
  }),
)

theDepot('finishes a label that was cut short, and tells bundles of a fleet that has moved', () =>
  withFolder(async (out) => {
    const { claims, door } = pretendClaims()
    await prepareDepot(claims, list, { ...quiet, out })
    await rm(join(out, 'bakhta', 'label.pdf'))
    door.host = 'new.test'
    const made = await prepareDepot(claims, list, { ...quiet, out })
    assert.equal(outcomes(made), ['made', 'kept'])
    assert.is((await claimFile(out, 'kitelga')).fleet.host, 'new.test')
    assert.ok((await readdir(join(out, 'bakhta'))).includes('label.pdf'))
  }),
)

const lists = (...csv: readonly string[]) => csv.map((lines) => readVillages(Buffer.from(lines)))
const corrections: readonly (readonly [what: string, before: string, after: string])[] = [
  [
    'a serial number',
    'device,village,serial\nbakhta,Бахта,SN-1\n',
    'device,village,serial\nbakhta,Бахта,SN-2\n',
  ],
  [
    'a serial number that came later',
    'device,village\nbakhta,Бахта\n',
    'device,village,serial\nbakhta,Бахта,SN-2\n',
  ],
  [
    'a serial number that is not known any more',
    'device,village,serial\nbakhta,Бахта,SN-1\n',
    'device,village\nbakhta,Бахта\n',
  ],
  ['a village', 'device,village\nbakhta,Бахты\n', 'device,village\nbakhta,Бахта\n'],
]
for (const [what, ...csv] of corrections) {
  theDepot(`makes a bundle anew where the list corrects ${what}, and takes the wrong claim back`, () =>
    withFolder(async (out) => {
      const { claims, all } = pretendClaims()
      const [before = [], after = []] = lists(...csv)
      await prepareDepot(claims, before, { ...quiet, out })
      const corrected = await prepareDepot(claims, after, { ...quiet, out })
      assert.equal([outcomes(corrected), corrected.labels], [['corrected'], 'labels-2.pdf'])
      const { code, village, serial } = await claimFile(out, 'bakhta')
      const { serial: expected } = after[0] ?? {}
      assert.equal([code, village, serial], ['CDE0000002', 'Бахта', expected])
      assert.equal([all[1]?.village, all[1]?.serial], ['Бахта', expected])
      assert.equal(
        all.map(({ state }) => state),
        ['withdrawn', 'open'],
      )
      assert.ok((await readdir(join(out, 'bakhta'))).includes('label.pdf'))
      assert.equal(outcomes(await prepareDepot(claims, after, { ...quiet, out })), ['kept'])
    }),
  )
}

const [wrongSerial = [], rightSerial = []] = lists(
  'device,village,serial\nbakhta,Бахта,SN-1\n',
  'device,village,serial\nbakhta,Бахта,SN-2\n',
)

theDepot('goes on with a correction that was cut short, and leaves no label of the former code', () =>
  withFolder(async (out) => {
    const { claims, all } = pretendClaims()
    await prepareDepot(claims, wrongSerial, { ...quiet, out })
    const create: Claims['create'] = async (village) => {
      await claims.create(village)
      throw new Error('the power went')
    }
    const cut = await prepareDepot({ ...claims, create }, rightSerial, { ...quiet, out }).catch(String)
    assert.is(cut, 'Error: the power went')
    assert.equal(await readdir(join(out, 'bakhta')), ['avyl-claim.json'])
    assert.equal(outcomes(await prepareDepot(claims, rightSerial, { ...quiet, out })), ['corrected'])
    assert.is((await claimFile(out, 'bakhta')).serial, 'SN-2')
    assert.equal(
      all.map(({ state }) => state),
      ['withdrawn', 'withdrawn', 'open'],
    )
  }),
)

theDepot('gives a terminal that used its code no new one for a correction of the list alone', () =>
  withFolder(async (out) => {
    const { claims, become } = pretendClaims()
    await prepareDepot(claims, wrongSerial, { ...quiet, out })
    for (const state of ['used', 'locked', 'expired'] as const) {
      become('1', state)
      assert.equal(outcomes(await prepareDepot(claims, rightSerial, { ...quiet, out })), [state])
    }
    const renewed = await prepareDepot(claims, rightSerial, { ...quiet, out, renew: true })
    assert.equal(outcomes(renewed), ['renewed'])
    assert.is((await claimFile(out, 'bakhta')).serial, 'SN-2')
  }),
)

theDepot('says where terminals will look for the fleet', () =>
  withFolder(async (out) => {
    const { fleet } = await prepareDepot(pretendClaims().claims, list, { ...quiet, out })
    assert.equal(fleet, { host: 'fleet.test', port: 8883 })
  }),
)

theDepot('makes nothing where only the machine of the fleet would find it, unless for a trial', () =>
  withFolder(async (out) => {
    const { claims, all, door } = pretendClaims()
    for (const host of ['127.0.0.1', '127.0.1.1', '::1', 'localhost']) {
      door.host = host
      const refused: unknown = await prepareDepot(claims, list, { ...quiet, out }).catch((thrown) => thrown)
      assert.instance(refused, UsageError)
      assert.match((refused as UsageError).message, 'AVYL_DOOR_NAMES')
    }
    assert.equal([all, await readdir(out)], [[], []])
    assert.equal(outcomes(await prepareDepot(claims, list, { ...quiet, out, trial: true })), ['made', 'made'])
    assert.is((await claimFile(out, 'bakhta')).fleet.host, 'localhost')
  }),
)

theDepot('makes a new bundle where the old one cannot be read', () =>
  withFolder(async (out) => {
    const { claims } = pretendClaims()
    await prepareDepot(claims, list, { ...quiet, out })
    await writeFile(join(out, 'bakhta', 'avyl-claim.json'), '{')
    assert.equal(outcomes(await prepareDepot(claims, list, { ...quiet, out })), ['made', 'kept'])
  }),
)
theDepot.run()

const theList = suite('the list of villages')

theList('ships the eighteen of the seed project', async () => {
  const shipped = readVillages(await readFile('provisioning/villages.csv'))
  assert.equal(
    shipped.map(({ device, village }) => [device, village]),
    simulated(18).map(({ id, name }) => [id, name]),
  )
  assert.is(new Set(shipped.map(({ district }) => district)).size, 17)
})

const wrong: readonly (readonly [what: string, csv: string, complaint: RegExp])[] = [
  ['a column that is missing', 'device,name\na,b\n', /Line 1: the column village/],
  ['an id that is none', 'device,village\nok,A\nno such id,B\n', /Line 3, column device/],
  ['a village without a name', 'device,village\na,\n', /Line 2, column village/],
  ['a serial number that is none', 'device,village,serial\na,A,"x y"\n', /Line 2, column serial/],
  ['a device twice', 'device,village\na,A\nb,B\na,C\n', /Line 4, column device: a stands in line 2/],
  ['no village', 'device,village\n', /no village/],
  ['a quote without its end', 'device,village\n"a,A\n', /[Qq]uote/],
  ['control characters', 'device,village\na,A\u001b[31m\n', /Line 2, column village/],
]
for (const [what, csv, complaint] of wrong) {
  theList(`refuses ${what}`, () => {
    assert.throws(
      () => readVillages(Buffer.from(csv)),
      (thrown: unknown) => thrown instanceof UsageError && complaint.test(thrown.message),
    )
  })
}

theList('is bounded', () => {
  assert.throws(() => readVillages(Buffer.alloc(1024 * 1024 + 1, 'a')), /larger than 1 MiB/)
  const many = Array.from({ length: 5001 }, (_, at) => `d${at},V`).join('\n')
  assert.throws(() => readVillages(Buffer.from(`device,village\n${many}\n`)), /more than 5000/)
})
theList.run()
