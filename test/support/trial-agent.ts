import { readFileSync } from 'node:fs'
import { createAgent } from '../../agent/agent.ts'
import { createFakePrinter } from '../../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../../agent/capabilities/scanner/fake.ts'
import { parseConfig } from '../../agent/config.ts'
import { silent } from './agent-parts.ts'

/*
 * An agent in a process of its own, made to be killed while a new configuration is on trial, which lasts for ever.
 */
const agent = createAgent(parseConfig(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))), {
  logger: silent,
  devices: { scanner: new FakeScanDriver(), printer: createFakePrinter() },
  trial: { steadyMs: 3_600_000, longestMs: 3_600_000, everyMs: 1000 },
})
await agent.start()
