import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EsclDriver } from '../../../../agent/capabilities/scanner/escl.ts'
import { startVirtualMfp } from '../../../../simulator/virtual-mfp/virtual-mfp.ts'
import { scannerContract } from '../../../contract/scanner.ts'

scannerContract({
  name: 'the eSCL driver',
  feederPages: 2,
  lackingDpi: 400,
  async open({ feeder, slow }) {
    const folder = await mkdtemp(join(tmpdir(), 'avyl-escl-'))
    const mfp = await startVirtualMfp({
      folder,
      pages: ['application', 'notice'],
      speed: slow ? { pageSeconds: 12 } : {},
    })
    if (feeder === 'empty') await mfp.loadFeeder([])
    return {
      driver: new EsclDriver({ url: mfp.url }),
      async close() {
        await mfp.stop()
        await rm(folder, { recursive: true })
      },
    }
  },
})
