import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { AedesBroker } from '../fleet/broker/aedes-broker.ts'
import type { Broker, BrokerEvents } from '../fleet/broker/broker.ts'
import { systemClock } from '../fleet/clock.ts'
import { doorLimits, TerminalsDoor } from '../fleet/door/door.ts'
import { createAuthority } from '../fleet/identity/authority.ts'
import { openDatabase } from '../fleet/store/database.ts'
import { sqliteDialect } from '../fleet/store/sqlite.ts'

/** The fleet's door and broker with nothing behind them: the part of every figure that is not ours to save. */
export interface BareDoor {
  readonly port: number
  readonly authority: Awaited<ReturnType<typeof createAuthority>>
  readonly broker: Broker
  close(): Promise<void>
}

/** Opens one on a free port. `events.message` takes each message of a terminal before it is acknowledged. */
export const openBareDoor = async (
  events: Pick<BrokerEvents, 'message'> & Partial<BrokerEvents>,
): Promise<BareDoor> => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-bench-'))
  const logger = pino({ level: 'silent' })
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const authority = await createAuthority({
    ...{ folder, database, clock: systemClock, log: logger },
    events: { cut: () => undefined, alarm: () => undefined },
  })
  const silent = { connected: () => undefined, disconnected: () => undefined, doubled: () => undefined }
  const broker = new AedesBroker({ ...silent, ...events }, logger)
  const door = new TerminalsDoor({
    ...{ host: '127.0.0.1', port: 0, key: randomBytes(32), clock: systemClock, authority, broker, logger },
    http: (_identity, _request, response) => response.end(),
    // All rounds come from one address, as fast as the machine can.
    limits: { ...doorLimits, connections: { perSecond: 100_000, burst: 100_000 } },
    open: () => false,
  })
  await broker.start()
  await door.start()
  return {
    port: door.port,
    authority,
    broker,
    async close() {
      await door.stop()
      await broker.stop()
      await authority.stop()
      await database.destroy()
      await rm(folder, { recursive: true })
    },
  }
}
