import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFakePrinter } from '../../../agent/capabilities/printer/fake.ts'
import { printerCapability } from '../../../agent/capabilities/printer/index.ts'
import { FakeScanDriver } from '../../../agent/capabilities/scanner/fake.ts'
import { scannerCapability } from '../../../agent/capabilities/scanner/index.ts'
import type { CommandContext } from '../../../agent/capability.ts'
import type { ScannedPage } from '../../../protocol/capabilities/scanner.ts'
import { defaultConfiguration } from '../../../protocol/configuration.ts'
import { scratch, silent } from '../../support/agent-parts.ts'

const context: CommandContext = {
  id: '0198c5a0-0000-7000-8000-000000000002',
  signal: new AbortController().signal,
  progress: () => {},
  effectBegins: async () => {},
  afterReport: () => {},
}

const wishes = suite('what a command leaves out')

wishes('is for a scan as the configuration has it, and what it says holds', async () => {
  const kept: string[] = []
  const scanner = scannerCapability({
    driver: new FakeScanDriver(),
    artefacts: {
      keep: async ({ mediaType }) => {
        kept.push(mediaType)
        return context.id
      },
    },
    live: { show: () => {} },
    logger: silent,
    wishes: () => ({
      ...defaultConfiguration,
      scan: { dpi: 75, mode: 'grey', format: 'png', clean: 'off' },
    }),
  })
  const scan = scanner.handlers['scanner.scan']
  const [page] = (await scan({ source: 'flatbed' }, context)).pages as ScannedPage[]
  assert.is(page?.dpi, 75)
  assert.equal(kept.splice(0), ['image/png'])
  const [finer] = (await scan({ source: 'flatbed', dpi: 150, format: 'jpeg' }, context)).pages
  assert.is(finer?.dpi, 150)
  assert.equal(kept, ['image/jpeg'])
})

wishes('is for a print as the configuration has it, as far as the printer can', async () => {
  const folder = scratch()
  for (const duplex of [true, false]) {
    const driver = createFakePrinter({ duplex, colour: true })
    const printer = printerCapability({
      driver,
      artefacts: {
        fetch: async () => ({ file: '/dev/null', mediaType: 'image/jpeg', release: async () => {} }),
      },
      preparation: { checkPdf: async () => ({ pages: 1 }), rasterise: async () => ({ pages: 1 }) },
      folder,
      wishes: () => ({ duplex: 'long-edge', colour: false }),
    })
    const print = printer.handlers['printer.print']
    await print({ document: context.id }, context)
    assert.equal([driver.jobs[0]?.duplex, driver.jobs[0]?.colour], [duplex ? 'long-edge' : 'none', false])
    await print({ document: context.id, duplex: 'none', colour: true }, context)
    assert.equal([driver.jobs[1]?.duplex, driver.jobs[1]?.colour], ['none', true])
  }
})

wishes.run()
