import { createFakePrinter } from '../../../../agent/capabilities/printer/fake.ts'
import { printerContract } from '../../../contract/printer.ts'

printerContract({
  name: 'the fake printer',
  async open() {
    const driver = createFakePrinter()
    driver.behave({ pages: 3 })
    return {
      driver,
      document: { file: 'document.pdf', mediaType: 'application/pdf' },
      treat: async (treatment) => driver.behave(treatment),
      printed: () => driver.jobs.length,
      remove: async () => driver.behave({ absent: true }),
      close: async () => undefined,
    }
  },
})
