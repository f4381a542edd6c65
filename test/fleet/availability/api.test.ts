import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type {
  Availability,
  Downtime,
  Forecast,
  Morning,
  SilentVillage,
} from '../../../fleet/api/health-schemas.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** A Tuesday; the clock of the door stands at its evening, 01:13 of Wednesday in Moscow. */
const tuesday = Date.parse('2023-11-14T00:00+03:00')
const at = (hour: number, day = 0) => tuesday + day * dayMs + hour * hourMs

const tables = [
  ...(['presence_intervals', 'capability_intervals', 'maintenance_windows'] as const),
  ...(['commands', 'events', 'acceptances'] as const),
] as const

/** A door with a terminal t1 of Арча of which nothing has been told yet. */
const openOwnDoor = async () => {
  const door = await openPeoplesDoor()
  await door.presence.villages.put({ name: 'Арча', district: 'Арский' })
  await door.presence.history.presence('t1', 0, 1)
  await forget(door)
  return { ...door, ...story(door) }
}

const forget = async ({ database, availability }: Door) => {
  await availability.stop()
  for (const table of tables) await database.deleteFrom(table).execute()
  await availability.start()
}

const story = ({ database, app, bearer }: Door) => ({
  interval: async (state: string, from: number, until: number | null, more: Record<string, unknown> = {}) => {
    const id = uuidv7(from)
    const row = { terminal: 't1', reason: null, judged_by: null, note: null, edited_by: null, run: null }
    await database
      .insertInto('presence_intervals')
      .values({
        id,
        ...row,
        unseen_until: null,
        outage: null,
        state,
        from_at: from,
        until_at: until,
        ...more,
      } as never)
      .execute()
    return id
  },
  fault: async (
    capability: string,
    from: number,
    until: number | null,
    more: Record<string, unknown> = {},
  ) => {
    const row = { terminal: 't1', ok: 0, detail: null, detected_at: null }
    await database
      .insertInto('capability_intervals')
      .values({ ...row, capability, from_at: from, until_at: until, ...more } as never)
      .execute()
  },
  command: async (name: string, issued: number, ended: number, more: Record<string, unknown> = {}) => {
    const row = {
      terminal: 't1',
      input: '{}',
      state: 'succeeded',
      actor: 'user:1',
      deadline_ms: 1,
      pages: '[]',
    }
    await database
      .insertInto('commands')
      .values({
        id: uuidv7(issued),
        ...row,
        name,
        issued_at: issued,
        updated_at: ended,
        expires_at: ended,
        ...more,
      } as never)
      .execute()
  },
  get: async <T>(path: string): Promise<T> => {
    const answer = await app.inject({ url: `/api/v1${path}`, headers: bearer })
    assert.is(answer.statusCode, 200, answer.body)
    return answer.json() as T
  },
  send: async (method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<string> => {
    const answer = await app.inject({
      method,
      url: `/api/v1${path}`,
      headers: bearer,
      ...(body && { payload: body }),
    })
    assert.ok(answer.statusCode < 300, answer.body)
    return answer.body
  },
})

const shared = await openOwnDoor()

/** The door that all tests share which change neither the configuration, nor the time, nor what there is beside t1. */
const openDoor = async () => {
  await forget(shared)
  return { ...shared, close: async () => {} }
}

const day = `from=${tuesday}&to=${tuesday + dayMs}`

const availability = suite('availability over the API')

availability(
  'is told for a day, and anew when a window is announced for it or an interval is judged',
  async () => {
    const { get, send, interval, close } = await openDoor()
    try {
      await interval('online', at(0), at(9))
      const id = await interval('offline', at(9), at(12), { reason: 'unknown' })
      await interval('online', at(12), null)
      const before = await get<Availability>(`/availability?${day}`)
      assert.equal(before.rows[0], {
        ...{ key: 't1', village: 'Арча', district: 'Арский', capability: 'presence' },
        ...{ openSeconds: 9 * 3600, maintenanceSeconds: 0, upSeconds: 6 * 3600, share: 6 / 9 },
      })
      assert.is(before.repairSeconds, 3 * 3600)
      assert.is(before.remoteFixShare, 0)
      await send('POST', '/maintenance', {
        ...{ about: 'terminal', name: 't1', from: at(8), until: at(10), note: 'paper' },
      })
      const after = await get<Availability>(`/availability?${day}&by=district`)
      assert.is(after.rows[0]?.maintenanceSeconds, 2 * 3600)
      assert.is(after.rows[0]?.upSeconds, 5 * 3600)
      assert.is((await get<Downtime[]>(`/downtimes?${day}`))[0]?.reason, 'unknown')
      await send('PATCH', `/downtimes/${id}`, { reason: 'power', note: 'a storm' })
      const [downtime] = await get<Downtime[]>(`/downtimes?${day}&district=${encodeURIComponent('Арский')}`)
      assert.equal(downtime, {
        ...{ id, terminal: 't1', village: 'Арча', district: 'Арский', capability: 'presence' },
        ...{ from: at(9), until: at(12), openSeconds: 2 * 3600, reason: 'power', note: 'a storm' },
        fixedRemotely: false,
      })
      assert.equal(await get(`/downtimes?${day}&district=elsewhere`), [])
      assert.equal(await get(`/downtimes?${day}&terminal=t2`), [])
    } finally {
      await close()
    }
  },
)

availability('keeps the hours that were in force, and takes a holiday that is entered later', async () => {
  const { get, interval, close, configurations } = await openOwnDoor()
  try {
    await interval('online', at(0), null)
    const seconds = async () =>
      (await get<Availability>(`/availability?${day}&capability=all`)).rows[0]?.openSeconds
    assert.is(await seconds(), 9 * 3600)
    const write = (base: number, content: object) =>
      configurations.write({
        scope: 'fleet',
        name: 'all',
        base,
        actor: 'user:1',
        content: { openingHours: content },
      })
    const halfDay = [{ from: '08:00', to: '12:00' }]
    await write(0, { week: { tuesday: halfDay } })
    // It was written on Wednesday.
    assert.is(await seconds(), 9 * 3600)
    await write(1, { week: { tuesday: halfDay }, exceptions: { '2023-11-14': [] } })
    assert.is(await seconds(), 0)
  } finally {
    await close()
  }
})

availability('gives tables in which no cell is a formula', async () => {
  const { app, bearer, interval, fault, close, terminals } = await openOwnDoor()
  try {
    await terminals.register('t1', '=cmd|"calc"')
    await interval('online', at(0), null)
    await fault('scanner', at(9), at(10), { detail: '+1, "so"\r\nit says' })
    const table = async (path: string) => {
      const { headers, body } = await app.inject({ url: `/api/v1${path}&format=csv`, headers: bearer })
      assert.match(String(headers['content-type']), 'text/csv')
      assert.match(String(headers['content-disposition']), '.csv"')
      return body
    }
    const [head, first] = (await table(`/availability?${day}&capability=all&per=day`)).split('\r\n')
    assert.is(head, 'key,village,district,capability,period,openSeconds,maintenanceSeconds,upSeconds,share')
    assert.is(first, `t1,"'=cmd|""calc""",,all,2023-11-14,32400,0,28800,${8 / 9}`)
    const downtimes = await table(`/downtimes?${day}`)
    assert.match(
      downtimes,
      `2023-11-14T06:00:00.000Z,2023-11-14T07:00:00.000Z,3600,application,"'+1, ""so""\r\nit says"`,
    )
  } finally {
    await close()
  }
})

availability('says how soon faults are noticed and mended, and which were mended from afar', async () => {
  const { get, interval, fault, command, close } = await openDoor()
  try {
    await interval('online', at(0), null)
    // Mended by a restart that a person asked for; the second one by whoever came, the third at night.
    await fault('scanner', at(9), at(10), { detected_at: at(9) + 8000 })
    await command('terminal.restart', at(9.9), at(9.95))
    await fault('printer', at(11), at(14), { detected_at: at(11) + 2000 })
    await fault('camera', at(20), at(21))
    const { detectSeconds, repairSeconds, remoteFixShare } = await get<Availability>(`/availability?${day}`)
    assert.equal([detectSeconds, repairSeconds, remoteFixShare], [5, 2 * 3600, 0.5])
    const scanner = await get<Availability>(`/availability?${day}&capability=scanner`)
    assert.equal([scanner.detectSeconds, scanner.remoteFixShare], [8, 1])
    const found = await get<Downtime[]>(`/downtimes?${day}`)
    assert.equal(
      found.map(({ capability, openSeconds, fixedRemotely }) => [capability, openSeconds, fixedRemotely]),
      [
        ['camera', 0, false],
        ['printer', 3 * 3600, false],
        ['scanner', 3600, true],
      ],
    )
  } finally {
    await close()
  }
})

availability(
  'does not call a fault mended from afar by a program, by what failed or by something else',
  async () => {
    const { get, interval, fault, command, close } = await openDoor()
    try {
      await interval('online', at(0), null)
      for (const [hour, more] of [
        [9, { actor: 'program:night' }],
        [11, { state: 'failed' }],
        [13, { name: 'scanner.scan' }],
      ] as const) {
        await fault('scanner', at(hour), at(hour + 1))
        await command('terminal.restart', at(hour + 0.9), at(hour + 0.95), more)
      }
      const { remoteFixShare, repairSeconds } = await get<Availability>(`/availability?${day}`)
      assert.equal([remoteFixShare, repairSeconds], [0, 3600])
    } finally {
      await close()
    }
  },
)

availability(
  'does not call it so when a technician was there, and does when a person changed the settings',
  async () => {
    const { get, interval, fault, close, database } = await openOwnDoor()
    try {
      await interval('online', at(0), null)
      await fault('scanner', at(9), at(10))
      const layer = { scope: 'fleet', name: 'all', version: 1, content: '{}', note: null } as const
      await database
        .insertInto('configuration_layers')
        .values({ ...layer, actor: 'user:1', at: at(9.9) })
        .execute()
      const content = JSON.stringify({ openingHours: await hoursOf(database) })
      const document = { terminal: 't1', version: 50, hash: '', origins: '{}', content, at: at(9.9) + 20 }
      await database.insertInto('configuration_documents').values(document).execute()
      assert.is((await get<Downtime[]>(`/downtimes?${day}`))[0]?.fixedRemotely, true)
      const acceptance = { device: 't1', hash: '', report: '{}', picture: '', picture_sha256: '' }
      await database
        .insertInto('acceptances')
        .values({ id: uuidv7(), ...acceptance, received_at: at(9.5) })
        .execute()
      const other = `from=${tuesday + 1}&to=${tuesday + dayMs - 1}`
      assert.is((await get<Downtime[]>(`/downtimes?${other}`))[0]?.fixedRemotely, false)
    } finally {
      await close()
    }
  },
)

const hoursOf = async (database: Door['database']) => {
  const { content } = await database
    .selectFrom('configuration_documents')
    .select('content')
    .executeTakeFirstOrThrow()
  return (JSON.parse(content) as { openingHours: unknown }).openingHours
}

availability('lists a crash within the time of grace, but not a line that blinked', async () => {
  const { get, interval, close } = await openDoor()
  try {
    await interval('online', at(0), at(9))
    await interval('suspect', at(9), at(9.01), { reason: 'link' })
    await interval('online', at(9.01), at(10))
    await interval('suspect', at(10), at(10.01), { reason: 'agent' })
    await interval('online', at(10.01), at(11))
    await interval('maintenance', at(11), at(12), { reason: 'planned' })
    await interval('online', at(12), null)
    const found = await get<Downtime[]>(`/downtimes?${day}`)
    assert.equal(
      found.map(({ reason, openSeconds }) => [reason, openSeconds]),
      [
        ['planned', 0],
        ['agent', 36],
      ],
    )
    const { rows, repairSeconds } = await get<Availability>(`/availability?${day}&capability=presence`)
    assert.equal([rows[0]?.maintenanceSeconds, rows[0]?.upSeconds], [3600, 8 * 3600 - 72])
    assert.is(repairSeconds, 36)
  } finally {
    await close()
  }
})

availability('has no rows of a capability before it was reported', async () => {
  const { get, interval, fault, close } = await openDoor()
  try {
    await interval('online', at(0), null)
    await fault('scanner', at(12), at(13))
    const rowsOf = async (from: number, until: number) =>
      (await get<Availability>(`/availability?from=${from}&to=${until}`)).rows.map(
        ({ capability, openSeconds, upSeconds }) => [capability, openSeconds, upSeconds],
      )
    const usual = (hours: number, all: number) => [
      ['presence', hours * 3600, hours * 3600],
      ['all', hours * 3600, all * 3600],
    ]
    assert.equal(await rowsOf(at(9), at(12)), usual(3, 3))
    assert.equal(await rowsOf(at(9), at(15)), [...usual(6, 5), ['scanner', 3600, 0]])
    assert.equal(await rowsOf(at(13), at(15)), usual(2, 2))
  } finally {
    await close()
  }
})

availability('tells a downtime once, however the days that it touches are cut', async () => {
  const { get, interval, close } = await openDoor()
  try {
    await interval('online', at(0, -4), at(20, -3))
    await interval('offline', at(20, -3), at(10), { reason: 'power' })
    await interval('online', at(10), null)
    for (const [from, until] of [
      [at(0, -4), at(0, 1)],
      [at(12, -4), at(20)],
      [at(12, -4), at(12, -3) + dayMs],
      [at(21, -3), at(2, -2)],
      [at(9, -1), at(10, -1)],
      [at(9, -1), at(9)],
    ] as const) {
      const found = await get<Downtime[]>(`/downtimes?from=${from}&to=${until}`)
      assert.equal(
        found.map(({ until: end }) => end),
        [at(10)],
        `${from} ${until}`,
      )
    }
    assert.equal(await get(`/downtimes?from=${at(10)}&to=${at(20)}`), [])
  } finally {
    await close()
  }
})

availability('counts on as time passes, and what a terminal says anew', async () => {
  const { get, close, terminals, broker, clock, configurations } = await openOwnDoor()
  try {
    const night = { exceptions: { '2023-11-15': [{ from: '00:00', to: '24:00' }] } }
    const content = { openingHours: night }
    await configurations.write({ scope: 'fleet', name: 'all', base: 0, actor: 'user:1', content })
    const begin = clock.now()
    const said = { v: 1, ts: 0, boot: 'b', run: 'r', seq: 0 } as const
    broker.there.add('t1')
    terminals.connected('t1')
    await terminals.presence('t1', { ...said, state: 'online', connection: 1 })
    const report = (ok: boolean) =>
      terminals.profile('t1', {
        ...said,
        profiles: { terminal: 'a' },
        capabilities: { scanner: { present: true, ok, ...(ok ? {} : { detail: 'lamp' }) } },
        versions: {},
      })
    await report(true)
    const up = async (capability: string) =>
      (await get<Availability>(`/availability?from=${at(0, 1)}&to=${at(0, 2)}&capability=${capability}`))
        .rows[0]?.upSeconds
    await clock.pass(120_000)
    assert.is(await up('scanner'), 120)
    await report(false)
    await clock.pass(60_000)
    assert.equal([await up('presence'), await up('scanner'), await up('all')], [180, 120, 120])
    const [lasting] = await get<Downtime[]>(`/downtimes?from=${at(0, 1)}&to=${at(0, 2)}`)
    assert.equal([lasting?.capability, lasting?.until, lasting?.openSeconds], ['scanner', undefined, 60])
    await report(true)
    const [ended] = await get<Downtime[]>(`/downtimes?from=${at(0, 1)}&to=${at(0, 2)}`)
    assert.is(ended?.until, begin + 180_000)
  } finally {
    await close()
  }
})

availability('refuses an answer without end, and a range that is none', async () => {
  const { app, bearer, close } = await openDoor()
  try {
    const statusOf = async (query: string) =>
      (await app.inject({ url: `/api/v1/availability?${query}`, headers: bearer })).statusCode
    assert.is(await statusOf('from=10&to=5'), 400)
    assert.is(await statusOf('by=village'), 400)
    assert.is(await statusOf('per=hour'), 400)
    assert.is(await statusOf('from=nonsense'), 400)
  } finally {
    await close()
  }
})

const morning = suite('the morning')

morning('tells of yesterday, of now and of the night, the worst first', async () => {
  const { get, interval, fault, close, terminals, database } = await openOwnDoor()
  try {
    await interval('online', at(0), at(21))
    await interval('offline', at(21), null, { reason: 'power' })
    await fault('scanner', at(8), at(12))
    await fault('printer', at(20), null, { detail: 'jam' })
    await terminals.register('t2', 'Биектау')
    const id = uuidv7(at(22))
    const event = { id, terminal: 't1', type: 'agent-started', at: at(22), received_at: at(22), data: '{}' }
    await database.insertInto('events').values(event).execute()
    const told = await get<Morning>('/morning')
    assert.equal([told.from, told.until], [tuesday, tuesday + dayMs])
    const [first] = told.terminals
    assert.equal(first?.shares, { presence: 1, all: 5 / 9, scanner: 0 })
    assert.equal([first?.reason, first?.detail], ['power', 'jam'])
    assert.ok(first?.changedOvernight.includes('restart'))
    assert.is(told.terminals.length, 2)
    assert.equal([told.fleet.presence, told.fleet.all], [1, 5 / 9])
    assert.equal([told.forecasts, told.silent], [[], []])
  } finally {
    await close()
  }
})

morning('says what is silent: no service and no passed self-test for days', async () => {
  const door = await openOwnDoor()
  const { get, interval, command, close, terminals, broker, clock, database } = door
  try {
    await interval('online', at(0), null)
    broker.there.add('t1')
    terminals.connected('t1')
    await clock.pass(1000)
    const now = clock.now()
    await database
      .updateTable('terminals')
      .set({ registered_at: now - 30 * dayMs })
      .execute()
    const ask = (days = 3) => get<SilentVillage[]>(`/silent-villages?days=${days}`)
    await command('scanner.scan', now - 2 * dayMs, now - 2 * dayMs, { state: 'failed' })
    const [never] = await ask()
    assert.equal([never?.terminal, never?.since, Math.floor(never?.days ?? 0)], ['t1', undefined, 30])
    await command('scanner.scan', now - 20 * dayMs, now - 20 * dayMs)
    // What was before the fleet started is in the store; what is told later it hears.
    await door.availability.stop()
    await door.availability.start()
    assert.is((await ask())[0]?.since, now - 20 * dayMs)
    const said = { v: 1, ts: now, boot: 'b', run: 'r', seq: 0, at: now, type: 'selftest' } as const
    const test = (data: Record<string, string | boolean>) =>
      door.presence.events.keep('t1', { ...said, id: uuidv7(now), data })
    await test({ capability: 'scanner', ok: false })
    await test({ capability: 'scanner', ok: true, skipped: true })
    assert.is((await ask())[0]?.since, now - 20 * dayMs)
    await test({ capability: 'printer', ok: true })
    assert.equal(await ask(), [])
    assert.is((await ask(0))[0]?.since, now)
    assert.equal((await get<Forecast[]>('/forecasts')).length, 0)
  } finally {
    await close()
  }
})

availability.after(() => shared.close())

availability.run()
morning.run()
