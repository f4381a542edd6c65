import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createAlerting } from '../../fleet/alerts/assembly.ts'
import type { ArtefactShelf, DocumentDesk } from '../../fleet/api/ports.ts'
import { createServer } from '../../fleet/api/server.ts'
import { createAuth } from '../../fleet/auth/auth.ts'
import { createAvailability } from '../../fleet/availability/create.ts'
import { Commands } from '../../fleet/commands/commands.ts'
import { Configurations } from '../../fleet/configuration/configurations.ts'
import { Claims } from '../../fleet/identity/claims.ts'
import { Identities, type IdentityEvents } from '../../fleet/identity/identities.ts'
import { createMetrics } from '../../fleet/metrics/metrics.ts'
import { DeviceDescriptions } from '../../fleet/profiles/descriptions.ts'
import { Profiles } from '../../fleet/profiles/profiles.ts'
import { openDatabase } from '../../fleet/store/database.ts'
import type { ArtefactRow } from '../../fleet/store/schema.ts'
import { sqliteDialect } from '../../fleet/store/sqlite.ts'
import { Acceptances } from '../../fleet/terminals/acceptances.ts'
import { createPresence } from '../../fleet/terminals/presence-record.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { certifiedKeyring, openAudit } from './audit.ts'
import { PretendBroker, StoppedClock, silent } from './fleet.ts'
import { testSigner } from './signing.ts'

/** Files that lie in memory. */
export class MemoryShelf implements ArtefactShelf, DocumentDesk {
  readonly rows = new Map<string, ArtefactRow>()
  readonly files = new Map<string, Buffer>()

  put(bytes: Buffer, more: Partial<ArtefactRow> = {}): ArtefactRow {
    const row: ArtefactRow = {
      id: uuidv7(),
      kind: 'page',
      media_type: 'image/jpeg',
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      preview_sha256: null,
      preview_bytes: null,
      created_at: 1,
      erase_at: 2,
      erased_at: null,
      pages: null,
      command: null,
      terminal: null,
      owner: null,
      ...more,
    }
    this.rows.set(row.id, row)
    this.files.set(row.id, bytes)
    return row
  }

  async find(id: string) {
    return this.rows.get(id)
  }

  async ofCommand(command: string) {
    return [...this.rows.values()].filter((row) => row.command === command)
  }

  async read(row: ArtefactRow, part: 'original' | 'preview', range?: { first: number; last: number }) {
    const bytes = part === 'preview' ? Buffer.from('small') : (this.files.get(row.id) ?? Buffer.alloc(0))
    return Readable.from([range ? bytes.subarray(range.first, range.last + 1) : bytes])
  }

  async erase(id: string) {
    const row = this.rows.get(id)
    if (row) this.rows.set(id, { ...row, erased_at: 3 })
  }

  async receive(bytes: Readable, mediaType: string, owner?: string) {
    const row = { kind: 'document', media_type: mediaType, pages: 1, owner: owner ?? null } as const
    return this.put(await buffer(bytes), row)
  }

  async compose(composition: { pages: readonly unknown[] }, owner?: string) {
    return this.put(Buffer.from('%PDF-'), {
      kind: 'document',
      media_type: 'application/pdf',
      pages: composition.pages.length,
      owner: owner ?? null,
    })
  }
}

const unused = {
  put: async () => {
    throw new Error('nothing is kept here')
  },
}

/** A people's door over a store in memory, a broker of pretence and a clock that stands still. */
export const openPeoplesDoor = async (pages?: string, publicUrl?: string, behindProxy = false) => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const clock = new StoppedClock()
  const broker = new PretendBroker()
  const log = silent
  const commands = new Commands({ database, broker, signer: testSigner(), clock, log })
  const presence = createPresence({ database, broker, clock, log })
  const { terminals } = presence
  const auth = createAuth({ database, clock, key: Buffer.alloc(32, 7) })
  const shelf = new MemoryShelf()
  const cut: string[] = []
  const alarms: string[] = []
  const events: IdentityEvents = {
    cut: (device) => cut.push(device),
    alarm: (type, device) => alarms.push(`${type} ${device}`),
  }
  const identities = new Identities({ database, clock, log, events, trusts: () => true })
  await identities.start()
  const claims = new Claims({ database, pepper: Buffer.alloc(32), clock, log, events })
  const { keyring: signing, ca } = await certifiedKeyring(clock)
  const audit = await openAudit(database, { signer: signing, ca, clock })
  await commands.start()
  await presence.start()
  await terminals.register('t1', 'Арча')
  const bearer = { authorization: `Bearer ${await auth.tokens.create('test', 'admin')}` }
  const configurations = new Configurations({
    ...{ database, broker, terminals, events: presence.events, clock, log },
    signer: testSigner(),
  })
  await configurations.start()
  const alerting = createAlerting({
    ...{ database, key: Buffer.alloc(32, 7), clock, log, folder: '.', presence },
    telemetry: { latest: () => ({}), watch: () => () => {} },
    hours: (terminal) => configurations.of(terminal).document.content.openingHours,
    expiring: () => [],
    space: async () => ({ free: 1, size: 1 }),
  })
  await alerting.start()
  const profiles = new Profiles({ database, clock })
  const deviceDescriptions = new DeviceDescriptions(database, clock)
  const telemetry = { latest: () => ({}), series: async () => [] }
  const availability = createAvailability({
    ...{ database, presence, configurations, commands, telemetry, clock, log },
  })
  await availability.start()
  const metrics = createMetrics({
    ...{ database, terminals, broker, commands },
    ...{ files: {}, certificates: () => ({ root: ca }) },
  })
  const missing: string[] = []
  const operation = { metrics, readiness: async () => missing }
  const app = await createServer({
    ...{
      commands,
      configurations,
      terminals,
      presence,
      identities,
      claims,
      auth,
      audit,
      operation,
      clock,
      log,
    },
    artefacts: shelf,
    documents: shelf,
    alerting,
    ...{ profiles, deviceDescriptions, telemetry, availability },
    signing,
    provisioning: {
      acceptances: new Acceptances({ database, artefacts: unused, clock }),
      door: () => ({ host: 'fleet.test', port: 8883, ca: 'PEM' }),
    },
    behindProxy,
    ...(pages === undefined ? {} : { pages }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
  })
  const close = async () => {
    await app.close()
    metrics.stop()
    await audit.stop()
    await signing.stop()
    await availability.stop()
    await alerting.stop()
    await configurations.stop()
    await commands.stop()
    await presence.stop()
    await database.destroy()
  }
  return {
    app,
    database,
    clock,
    broker,
    commands,
    configurations,
    terminals,
    presence,
    identities,
    auth,
    audit,
    metrics,
    missing,
    telemetry,
    availability,
    users: auth.users,
    shelf,
    profiles,
    deviceDescriptions,
    alerting,
    bearer,
    close,
  }
}
