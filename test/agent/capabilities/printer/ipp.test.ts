import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createIppDriver } from '../../../../agent/capabilities/printer/ipp.ts'
import { startPrinter } from '../../../../simulator/printer.ts'
import { printerContract } from '../../../contract/printer.ts'
import { pdfOf } from '../../../support/plain-pdf.ts'

printerContract({
  name: 'a network printer behind IPP',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'avyl-print-'))
    const file = join(folder, 'document.pdf')
    await writeFile(file, await pdfOf(3))
    const printer = await startPrinter({ folder: join(folder, 'printer'), name: 'Printer' })
    return {
      driver: createIppDriver({ uri: printer.uri, pollMs: 20 }),
      document: { file, mediaType: 'application/pdf' },
      treat: (treatment) => printer.behave(treatment),
      printed: () => printer.jobs.length,
      remove: () => printer.stop(),
      async close() {
        await printer.stop()
        await rm(folder, { recursive: true })
      },
    }
  },
})
