import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFakePrinter } from '../../../agent/capabilities/printer/fake.ts'
import { healthLook } from '../../../agent/configuration/health.ts'

const theHealth = suite('how the capabilities are')

theHealth('is what a look finds; what cannot tell does not work', async () => {
  const look = healthLook([
    { name: 'scanner', report: async () => ({ present: true, ok: true }) },
    { name: 'printer', report: () => Promise.reject(new Error('no')) },
    { name: 'copier', report: async () => ({ present: false, ok: true }) },
  ])
  const never = new AbortController().signal
  assert.equal(await look(never), { scanner: true, printer: false, copier: false })
})

theHealth('of a printer without paper is no matter of a configuration', async () => {
  const never = new AbortController().signal
  const printer = await createFakePrinter().describe(never)
  const look = healthLook([
    { name: 'printer', report: async () => ({ present: true, ok: false, detail: 'media-empty', printer }) },
    { name: 'copier', report: async () => ({ present: true, ok: false }) },
  ])
  assert.equal(await look(never), { printer: true, copier: false })
})

theHealth.run()
