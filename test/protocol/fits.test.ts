import fc from 'fast-check'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fits } from '../../protocol/fits.ts'
import { CommandMessage, CommandReport } from '../../protocol/messages.ts'

const test = suite('what fits a schema')

const message = {
  v: 1,
  ts: 1_790_000_000_000,
  boot: '0199d5a0-0000-7000-8000-000000000001',
  run: '0199d5a0-0000-7000-8000-000000000002',
  seq: 1,
  id: '0199d5a0-0000-7000-8000-000000000003',
  name: 'printer.describe',
  input: {},
  issuedAt: 1_790_000_000_000,
  expiresAt: 1_790_000_060_000,
  deadlineMs: 30_000,
  actor: 'expert',
}

test('a command fits, and neither with a member more nor with one less', () => {
  assert.ok(fits(CommandMessage, message))
  assert.not(fits(CommandMessage, { ...message, also: 1 }))
  const { id: _, ...nameless } = message
  assert.not(fits(CommandMessage, nameless))
})

test('made into code a schema takes what it takes when it is read', () => {
  const members = Object.keys(message) as (keyof typeof message)[]
  fc.assert(
    fc.property(fc.constantFrom(...members), fc.jsonValue(), (member, value) => {
      const changed = { ...message, [member]: value }
      assert.is(fits(CommandMessage, changed), Check(CommandMessage, changed))
      assert.is(fits(CommandReport, changed), Check(CommandReport, changed))
    }),
    { seed: 7, numRuns: 500 },
  )
})

test('a schema is asked twice and answers the same', () => {
  const schema = Type.Object({ pages: Type.Integer({ minimum: 1 }) })
  assert.ok(fits(schema, { pages: 1 }) && fits(schema, { pages: 2 }))
  assert.not(fits(schema, { pages: 0 }))
})

test.run()
