import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ScanJob } from '../../../../agent/capabilities/scanner/driver.ts'
import { exchangeFault, feederFault } from '../../../../agent/capabilities/scanner/escl-fault.ts'
import { describeEscl, planEscl } from '../../../../agent/capabilities/scanner/escl-plan.ts'
import { EsclError, parseCapabilities } from '../../../../agent/devices/escl/escl.ts'
import { CommandError } from '../../../../protocol/errors.ts'
import { capabilities } from '../../devices/escl/documents.ts'

const plan = suite('a scan planned for an eSCL device')
const device = parseCapabilities(capabilities)
const job: ScanJob = { source: 'flatbed', dpi: 300, mode: 'colour' }

const unsupported = (change: Partial<ScanJob>): void => {
  try {
    planEscl(device, { ...job, ...change })
  } catch (thrown) {
    assert.instance(thrown, CommandError)
    assert.is((thrown as CommandError).code, 'unsupported')
    return
  }
  assert.unreachable(JSON.stringify(change))
}

plan('rests on what the device says of itself', () => {
  assert.equal(describeEscl(device), {
    vendor: 'Example',
    model: 'MFP 3000 & Co',
    driver: 'escl',
    sources: [
      { source: 'flatbed', dpi: [300, 600], modes: ['colour'], width: 215.9, height: 297 },
      { source: 'feeder', dpi: [100, 150, 200, 300, 400], modes: ['grey'], width: 215.9, height: 355.6 },
    ],
  })
})

plan('names vendor and model of any length', () => {
  const named = (makeAndModel: string) => {
    const { vendor, model } = describeEscl({ version: '2.0', makeAndModel })
    return [vendor, model]
  }
  assert.equal(named('Pantum M7100DN'), ['Pantum', 'M7100DN'])
  assert.equal(named('Scanner'), ['', 'Scanner'])
})

plan('takes the whole glass, or the area to 1/300 inch', () => {
  assert.equal(planEscl(device, job).region, { x: 0, y: 0, width: 2550, height: 3508 })
  const a4 = { x: 0, y: 0, width: 210, height: 297 }
  assert.equal(planEscl(device, { ...job, area: a4 }).region, { x: 0, y: 0, width: 2480, height: 3508 })
  const all = { x: 0, y: 0, width: 215.9, height: 297 }
  assert.equal(planEscl(device, { ...job, area: all }).region, { x: 0, y: 0, width: 2550, height: 3508 })
})

plan('refuses what the device lacks', () => {
  unsupported({ dpi: 150 })
  unsupported({ dpi: 1200 })
  unsupported({ mode: 'grey' })
  unsupported({ mode: 'blackwhite' })
  unsupported({ source: 'feeder', mode: 'grey', dpi: 175 })
  unsupported({ area: { x: 10, y: 0, width: 210, height: 100 } })
  unsupported({ area: { x: 0, y: 290, width: 10, height: 10 } })
  unsupported({ area: { x: 0, y: 0, width: 1, height: 1 } })
  const { adfSimplex: _, ...glassOnly } = device
  assert.throws(() => planEscl(glassOnly, { ...job, source: 'feeder', mode: 'grey' }), /lacks the source/)
})

plan('asks for PNG only where the device has it', () => {
  assert.is(planEscl(device, job, 'image/png').format, 'image/jpeg')
  const png = parseCapabilities(capabilities.replaceAll('image/jpeg', 'image/png'))
  assert.is(planEscl(png, job, 'image/png').format, 'image/png')
  const bits = parseCapabilities(
    capabilities.replaceAll('image/jpeg', 'image/png').replaceAll('RGB24', 'BlackAndWhite1'),
  )
  assert.is(planEscl(bits, { ...job, mode: 'blackwhite' }).format, 'image/png')
})

plan('that fails is told in the words of commands', () => {
  assert.is(feederFault('ScannerAdfMispick')?.code, 'jam')
  assert.is(feederFault('ScannerAdfHatchOpen')?.code, 'cover-open')
  assert.is(feederFault('ScannerAdfLoaded'), undefined)
  assert.is(feederFault('Unknown'), undefined)
  const codeOf = (error: EsclError, moment: 'before the job' | 'in the job') =>
    (exchangeFault(error, moment) as CommandError).code
  assert.is(codeOf(new EsclError('timeout', ''), 'before the job'), 'device-absent')
  assert.is(codeOf(new EsclError('timeout', ''), 'in the job'), 'device-fault')
  assert.is(codeOf(new EsclError('refused', '', { status: 400 }), 'before the job'), 'unsupported')
  assert.is(codeOf(new EsclError('refused', '', { status: 401 }), 'before the job'), 'device-fault')
  const other = new Error('not ours')
  assert.is(exchangeFault(other, 'in the job'), other)
})

plan.run()
