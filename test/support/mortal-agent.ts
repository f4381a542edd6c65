import { appendFileSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAgent } from '../../agent/agent.ts'
import type { PrintDriver } from '../../agent/capabilities/printer/driver.ts'
import { createFakePrinter } from '../../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../../agent/capabilities/scanner/fake.ts'
import { parseConfig } from '../../agent/config.ts'
import { silent } from './agent-parts.ts'

/*
 * An agent in a process of its own, made to be killed. Its printer writes each job into a file the moment it has its
 * effect: that file is what really came out on paper.
 */
const [, , configFile = '', paperFile = ''] = process.argv

const fake = createFakePrinter()
const printer: PrintDriver = {
  describe: (signal) => fake.describe(signal),
  async print(job, signal, _watch, accepted) {
    await sleep(5, undefined, { signal })
    await accepted()
    appendFileSync(paperFile, `${job.name}\n`)
    await sleep(20)
    return { job: 1, state: 'completed', jobReasons: [], impressions: 1, reasons: [] }
  },
}
const agent = createAgent(parseConfig(JSON.parse(readFileSync(configFile, 'utf8'))), {
  logger: silent,
  devices: { scanner: new FakeScanDriver(), printer },
})
await agent.start()
process.on('SIGTERM', () => void agent.stop().then(() => process.exit()))
