import { suite } from 'uvu'
import * as assert from 'uvu/assert'
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

theHealth.run()
