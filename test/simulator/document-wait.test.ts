import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createIppClient, strings } from '../../agent/devices/ipp/ipp.ts'
import { startPrinter } from '../../simulator/printer.ts'
import { scratch } from '../support/agent-parts.ts'

const aPrinter = suite('a simulated printer')
const job = { name: 'Avyl', format: 'application/pdf', template: new Map() }

aPrinter('gives up a job whose sender was killed before its document, and takes the next', async () => {
  const printer = await startPrinter({ folder: scratch(), name: 'Waits', documentWaitMs: 300 })
  const client = createIppClient(printer.uri)
  const signal = AbortSignal.timeout(20_000)
  const left = await client.createJob(job, signal)
  await client.createJob(job, signal).then(
    () => assert.unreachable('it takes one job at a time'),
    (error: unknown) => assert.match(String(error), 'busy'),
  )
  let reasons: string[] = ['job-data-insufficient']
  while (reasons.includes('job-data-insufficient')) {
    reasons = strings(await client.getJobAttributes(left, ['job-state-reasons'], signal), 'job-state-reasons')
  }
  assert.match(reasons.join(), 'canceled')
  assert.is(await client.createJob(job, signal), left + 1)
  assert.equal(printer.jobs, [])
  await printer.stop()
})

aPrinter.run()
