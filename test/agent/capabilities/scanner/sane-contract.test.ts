import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SaneDriver } from '../../../../agent/capabilities/scanner/sane.ts'
import { a4, testDevice, writeSaneConfiguration } from '../../../../simulator/sane.ts'
import { scannerContract } from '../../../contract/scanner.ts'
import { compileCache } from '../../../support/scan.ts'

const shared = await mkdtemp(join(tmpdir(), 'avyl-sane-'))
process.on('exit', () => rmSync(shared, { recursive: true }))

scannerContract({
  name: 'the SANE driver',
  feederPages: 10,
  lackingDpi: 123,
  open: async ({ feeder, slow }) => {
    const configDir = await mkdtemp(join(tmpdir(), 'avyl-sane-'))
    await writeSaneConfiguration(configDir, slow ? { readDelay: 100_000 } : {})
    const driver = new SaneDriver({
      device: testDevice,
      configDir,
      maxArea: a4,
      ...compileCache(shared),
      options: feeder === 'empty' ? { 'read-return-value': 'SANE_STATUS_NO_DOCS' } : {},
    })
    return {
      driver,
      close: async () => {
        await driver.idle()
        await rm(configDir, { recursive: true })
      },
    }
  },
})
