import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { runAvyl } from '../../support/avyl.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'
import { nonce, printed, sheetData } from '../../support/sheet-paper.ts'

let here: Awaited<ReturnType<typeof openPeoplesDoor>>
let url = ''

const run = (language: string, ...args: string[]) => {
  const token = here.bearer.authorization.replace('Bearer ', '')
  return runAvyl(args, { LANG: language, AVYL_URL: url, AVYL_TOKEN: token })
}

const theShell = suite('claims and identities from the shell')
theShell.before(async () => {
  here = await openPeoplesDoor()
  url = await here.app.listen({ host: '127.0.0.1', port: 0 })
})
theShell.after(() => here.close())

theShell('make, list and take back claims', async () => {
  const made = await run('ru_RU.UTF-8', 'claim', 'create', 'kazan-7', '--village', 'Арча', '--serial', 'SN-1')
  assert.is(made.code, 0)
  assert.match(made.out, /^Код: [0-9A-Z]{5}-[0-9A-Z]{5}\n/)
  const listed = await run('en_GB.UTF-8', 'claim', 'list')
  assert.match(listed.out, /\tkazan-7\tАрча\topen until /)
  const [id = ''] = listed.out.split('\t')
  assert.is((await run('tt_RU.UTF-8', 'claim', 'withdraw', id)).out, `Кире алынды: ${id}\n`)
  assert.match((await run('en_GB.UTF-8', 'claim', 'list')).out, '\twithdrawn')
  assert.is((await run('en_GB.UTF-8', 'claim', 'create', 'kazan-7')).code, 2)
})

theShell('tell who a terminal is, accept it, shut it out', async () => {
  const now = 1_700_000_000_000
  const keySha256 = '00'.repeat(32)
  const enrolment = {
    ...{ id: 'e1', device: 'kazan-7', village: 'Арча', serial: 'SN-1', claim: null, reason: null },
    ...{ admission: 'pending' as const, enrolledAt: now, decidedAt: null, decidedBy: null },
  }
  const issued = {
    serialNumber: 'c1',
    sha256: 'x',
    keySha256,
    issuer: 'a',
    issuedAt: now,
    expiresAt: now,
    pem: '',
  }
  await here.identities.enrol(enrolment, issued)
  const seen = await run('en_GB.UTF-8', 'terminal', 'identity', 'kazan-7')
  assert.match(
    seen.out,
    'kazan-7\twaits for acceptance\nKey: 0000 0000 0000\nSerial number: SN-1\nCertificate until ',
  )
  const wrong = await run('en_GB.UTF-8', 'terminal', 'accept', 'kazan-7', '--fingerprint', '111122223333')
  assert.is(wrong.code, 1)
  const accepted = await run('ru_RU.UTF-8', 'terminal', 'accept', 'kazan-7', '--fingerprint', '000000000000')
  assert.match(accepted.out, 'kazan-7\tработает')
  here.identities.quarantine('kazan-7', 'run-came-back')
  assert.match((await run('en_GB.UTF-8', 'terminal', 'identity', 'kazan-7')).out, 'took turns with its key')
  assert.match((await run('tt_RU.UTF-8', 'terminal', 'release', 'kazan-7')).out, 'kazan-7\tэшли')
  assert.match((await run('en_GB.UTF-8', 'terminal', 'revoke', 'kazan-7')).out, 'shut out for good')
})

theShell('tells what the technician proved, in the language of the shell', async () => {
  const hash = printed.hash
  const report = {
    sheet: { ...sheetData, device: 'kazan-7' },
    printed: { hash, nonce, impressions: 1 },
    recognised: { hash, sha256: hash, bytes: 1, width: 1, height: 1, turned: 0 },
  }
  const picture = uuidv7()
  const none = await run('en_GB.UTF-8', 'terminal', 'acceptance', 'kazan-7', '--json')
  assert.equal([none.code, JSON.parse(none.out).error.code], [1, 'not-found'])
  await here.database
    .insertInto('acceptances')
    .values({
      ...{ id: uuidv7(), device: 'kazan-7', hash, received_at: 1_780_300_000_000, picture },
      ...{ report: JSON.stringify(report), picture_sha256: hash },
    })
    .execute()
  const told = await run('ru_RU.UTF-8', 'terminal', 'acceptance', 'kazan-7')
  assert.match(told.out, /^kazan-7\tКителга\t.*2026.*\n/)
  assert.match(told.out, 'Принтер: Avyl Simulated printer\n')
  assert.match(told.out, 'Диск\tнеисправно\t<12 MiB & no more>\n')
  assert.ok(told.out.endsWith(`\navyl artefact get ${picture}\n`))
})

theShell.run()
