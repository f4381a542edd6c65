import { pino } from 'pino'
import { type Agent, createAgent } from '../agent/agent.ts'
import { createFakePrinter } from '../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../agent/capabilities/scanner/fake.ts'
import { parseConfig } from '../agent/config.ts'

/**
 * Many agents in one process: the real protocol over real TLS, fake drivers, journals in memory. Takes one order from
 * the process that forked it, tells `started`, and ends with it.
 */
export interface SimulationOrder {
  readonly port: number
  /** Each folder holds key.pem, certificate.pem, ca.pem. */
  readonly terminals: readonly { readonly id: string; readonly folder: string }[]
}

const logger = pino({ level: 'silent' })
const agents: Agent[] = []

process.once('message', async ({ port, terminals }: SimulationOrder) => {
  for (const { id, folder } of terminals) {
    const config = parseConfig(
      {
        deviceId: id,
        fleet: { host: '127.0.0.1', port },
        key: 'key.pem',
        certificate: 'certificate.pem',
        ca: 'ca.pem',
        dataFolder: 'data',
      },
      folder,
    )
    const devices = { scanner: new FakeScanDriver(), printer: createFakePrinter() }
    const agent = createAgent(config, { logger, devices, database: ':memory:' })
    agents.push(agent)
    await agent.start()
  }
  process.send?.('started')
})
process.once('disconnect', () => process.exit())
