import { Configurations } from '../../fleet/configuration/configurations.ts'
import { openDatabase } from '../../fleet/store/database.ts'
import { sqliteDialect } from '../../fleet/store/sqlite.ts'
import { EventLog } from '../../fleet/terminals/events.ts'
import { Terminals } from '../../fleet/terminals/terminals.ts'
import type { DesiredMessage, ReportedMessage } from '../../protocol/messages.ts'
import { topics } from '../../protocol/topics.ts'
import { PretendBroker, StoppedClock, silent } from './fleet.ts'
import { testSigner } from './signing.ts'

/** What a terminal says that it has. */
export const reportedMessage = (body: Partial<ReportedMessage>): ReportedMessage => ({
  ...{ v: 1, ts: 0, boot: 'b', run: 'r', seq: 0 },
  ...{ version: 0, hash: '0'.repeat(64), errors: [] },
  ...body,
})

/** The configurations of a fleet with two terminals in one village and one in another, over a store in memory. */
export const openConfigurations = async () => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const clock = new StoppedClock()
  const broker = new PretendBroker()
  const terminals = new Terminals({ database, broker, clock, log: silent })
  await terminals.start()
  await terminals.register('t1', 'Арча')
  await terminals.register('t2', 'Арча')
  await terminals.register('t3', 'Кукмара')
  const watchers = new Set<() => void>()
  const signer = {
    ...testSigner(),
    watch(watcher: () => void) {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
  }
  const events = new EventLog(database, clock)
  const make = () => new Configurations({ database, broker, terminals, events, signer, clock, log: silent })
  let configurations = make()
  await configurations.start()
  return {
    ...{ database, clock, broker, terminals, events },
    get configurations() {
      return configurations
    },
    /** The newest document that went to a terminal. */
    sent: (terminal: string): DesiredMessage | undefined =>
      broker.published.findLast(({ topic }) => topic === topics.desired(terminal))?.body as
        | DesiredMessage
        | undefined,
    keyChanged() {
      for (const watcher of watchers) watcher()
    },
    /** Ends the part and begins another one on the same store. */
    async restart() {
      await configurations.stop()
      configurations = make()
      await configurations.start()
    },
    async close() {
      await configurations.stop()
      await terminals.stop()
      await database.destroy()
    },
  }
}
