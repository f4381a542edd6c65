import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { unknownModel } from '../../../../agent/capabilities/device-profile.ts'
import { createFakePrinter } from '../../../../agent/capabilities/printer/fake.ts'
import { withinPrintLimits } from '../../../../agent/capabilities/printer/model-limits.ts'

const never = new AbortController().signal
const claims = { formats: ['application/pdf', 'image/pwg-raster', 'image/urf'], colour: true, duplex: true }
const limits = suite("a printer within its model's limits")

limits('is what it says where nothing is known', async () => {
  const printer = createFakePrinter(claims)
  assert.equal(await withinPrintLimits(printer, unknownModel).describe(never), await printer.describe(never))
})

limits('offers no more than its profile allows', async () => {
  const print = { ways: [], formats: ['image/pwg-raster' as const], colour: false, duplex: false }
  const described = await withinPrintLimits(createFakePrinter(claims), { ...unknownModel, print }).describe(
    never,
  )
  assert.equal([described.formats, described.colour, described.duplex], [['image/pwg-raster'], false, false])
})

limits('is without colour for greyOnly', async () => {
  const quirks = [{ quirk: 'greyOnly' as const, reason: 'it rejects colour', source: 'this test' }]
  const described = await withinPrintLimits(createFakePrinter(claims), { ...unknownModel, quirks }).describe(
    never,
  )
  assert.equal([described.colour, described.duplex], [false, true])
})

limits.run()
