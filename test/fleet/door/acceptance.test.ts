import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sheetHash } from '../../../agent/setup/sheet/sheet.ts'
import { acceptanceRoute } from '../../../fleet/door/acceptance.ts'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { Acceptances } from '../../../fleet/terminals/acceptances.ts'
import type { AcceptanceReport } from '../../../protocol/setup.ts'
import { StoppedClock, silent } from '../../support/fleet.ts'
import { openRoute, shownBy } from '../../support/open-door.ts'
import { nonce, sheetData } from '../../support/sheet-paper.ts'

const hash = sheetHash(sheetData)
const report: AcceptanceReport = {
  sheet: sheetData,
  printed: { hash, nonce, impressions: 1 },
  recognised: { hash, sha256: 'cd'.repeat(32), bytes: 1000, width: 2480, height: 3508, turned: 0 },
  picture: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]).toString('base64'),
}

const withDoor = async (
  device: string | undefined,
  use: (parts: {
    put: (body: unknown) => Promise<number>
    acceptances: Acceptances
    kept: unknown[]
  }) => Promise<void>,
  rate?: Parameters<typeof acceptanceRoute>[2],
) => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const kept: unknown[] = []
  const put = async (artefact: unknown) => {
    kept.push(artefact)
    return { id: `picture-${kept.length}` } as never
  }
  const acceptances = new Acceptances({ database, artefacts: { put }, clock: new StoppedClock() })
  const door = await openRoute(
    acceptanceRoute(acceptances, silent, rate),
    device === undefined ? undefined : shownBy(device),
  )
  try {
    await use({
      acceptances,
      kept,
      put: async (body) => {
        const text = typeof body === 'string' ? body : JSON.stringify(body)
        return (await door.ask('PUT', '/acceptance', text)).status
      },
    })
  } finally {
    await door.close()
    await database.destroy()
  }
}

const aReport = suite("a technician's report")

aReport('is kept once, however often it comes, with the picture of the sheet', () =>
  withDoor('kitelga', async ({ put, acceptances, kept }) => {
    assert.equal(await Promise.all([put(report), put(report), put(report)]), [204, 204, 204])
    assert.is(kept.length, 1)
    const newest = await acceptances.newest('kitelga')
    assert.equal([newest?.sheet, newest?.picture], [sheetData, 'picture-1'])
    assert.is(await acceptances.newest('bakhta'), undefined)
  }),
)

aReport('takes the place of the one before it', () =>
  withDoor('kitelga', async ({ put, acceptances }) => {
    await put(report)
    const sheet = { ...sheetData, madeAt: sheetData.madeAt + 1 }
    const printed = { ...report.printed, hash: sheetHash(sheet) }
    assert.is(await put({ ...report, sheet, printed }), 204)
    assert.is((await acceptances.newest('kitelga'))?.sheet.madeAt, sheet.madeAt)
  }),
)

aReport('needs a certificate, and is about its own terminal', async () => {
  await withDoor(undefined, async ({ put }) => assert.is(await put(report), 401))
  await withDoor('bakhta', async ({ put, kept }) => {
    assert.is(await put(report), 400)
    assert.is(kept.length, 0)
  })
})

aReport('is what it should be', () =>
  withDoor('kitelga', async ({ put }) => {
    assert.is(await put('{'), 400)
    assert.is(await put({ ...report, more: 1 }), 400)
    assert.is(await put({ ...report, picture: Buffer.from('<svg>').toString('base64') }), 400)
  }),
)

aReport('may come so often', () =>
  withDoor(
    'kitelga',
    async ({ put }) => {
      assert.equal([await put(report), await put(report)], [204, 429])
    },
    { perSecond: 0.001, burst: 1 },
  ),
)

aReport.run()
