import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { draftOf } from '../../../fleet/profiles/seed.ts'
import type { DeviceDescription } from '../../../protocol/device-description.ts'
import { MfpProfile } from '../../../protocol/firmware-profile.ts'

const check = Compile(MfpProfile)
const nothing: DeviceDescription = {
  v: 1,
  dmi: { vendor: '', product: '', board: '' },
  usb: [],
  escl: [],
  ipp: [],
  announced: [],
}
const seed = suite('the draft of a profile')

seed('names a device by its USB descriptor when it says nothing else, and tries SANE', () => {
  const usb = [{ id: '1234:abcd', manufacturer: 'Katusha', product: 'M 348', interfaces: ['07/01/02'] }]
  const draft = draftOf({ ...nothing, usb })
  assert.equal([draft.slug, draft.name], ['katusha/m-348', 'Katusha M 348'])
  assert.equal([draft.match, draft.scan?.ways], [{ usb: ['1234:abcd'] }, [{ way: 'sane' }]])
  assert.is(draft.print, undefined)
})

seed('has a name even when there is none', () => {
  assert.is(draftOf(nothing).slug, 'unknown/model')
})

seed('is a valid profile whatever the devices said', () => {
  const text = fc.string({ maxLength: 100 })
  const over = fc.constantFrom('network' as const, 'ipp-usb' as const)
  const values = fc.array(fc.oneof(text, fc.integer(), fc.boolean()), { maxLength: 5 })
  const description = fc.record({
    v: fc.constant(1 as const),
    dmi: fc.record({ vendor: text, product: text, board: text }),
    usb: fc.array(
      fc.record({
        id: fc.stringMatching(/^[0-9a-f]{4}:[0-9a-f]{4}$/),
        ...{ manufacturer: text, product: text },
        interfaces: fc.array(fc.constantFrom('07/01/02', '03/00/00'), { maxLength: 3 }),
      }),
      { maxLength: 30 },
    ),
    escl: fc.array(fc.record({ at: text, over, makeAndModel: text, document: text }), { maxLength: 30 }),
    ipp: fc.array(
      fc.record({
        at: text,
        over: fc.constantFrom('network' as const, 'ipp-usb' as const, 'queue' as const),
        makeAndModel: text,
        attributes: fc.dictionary(
          fc.constantFrom('document-format-supported', 'color-supported', 'sides-supported'),
          values,
        ),
      }),
      { maxLength: 30 },
    ),
    announced: fc.array(
      fc.record({
        service: fc.constantFrom('escl' as const, 'ipp' as const),
        port: fc.nat(),
        type: text,
        path: text,
      }),
      { maxLength: 30 },
    ),
  })
  fc.assert(
    fc.property(description, (given) => {
      const [first] = check.Errors(draftOf(given))
      assert.is(first && `${first.instancePath} ${first.message}`, undefined)
    }),
    { seed: 41, numRuns: 1000 },
  )
})

seed.run()
