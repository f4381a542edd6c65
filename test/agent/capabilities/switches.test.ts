import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withSwitches } from '../../../agent/capabilities/switches.ts'
import type { CommandContext } from '../../../agent/capability.ts'
import { CommandError } from '../../../protocol/errors.ts'
import { testCapabilities } from '../../support/agent-parts.ts'

const context = {} as CommandContext
const never = new AbortController().signal

const aSwitch = suite('a capability that is switched off')

aSwitch('refuses its commands, is no fault, and works again when it is on', async () => {
  let on = true
  const handlers = { 'scanner.describe': async () => 'described', 'terminal.selftest': async () => 'tested' }
  const made = testCapabilities(handlers)
  const plain = { ...made, scanner: { ...made.scanner, handlers }, terminal: { ...made.terminal, handlers } }
  const capabilities = withSwitches(plain as unknown as typeof made, () => on)
  const describe = () => capabilities.scanner.handlers['scanner.describe']({}, context) as Promise<unknown>
  assert.is(await describe(), 'described')
  assert.equal(await capabilities.scanner.report(never), { present: true, ok: true })
  on = false
  const error = await describe().catch((thrown: unknown) => thrown)
  assert.ok(error instanceof CommandError && error.code === 'refused')
  assert.equal(await capabilities.scanner.report(never), {
    ...{ present: false, ok: true, detail: 'is switched off' },
  })
  assert.is(await (capabilities.terminal.handlers['terminal.selftest']({}, context) as unknown), 'tested')
  await capabilities.scanner.start()
  await capabilities.scanner.stop()
})

aSwitch('is not tested, and is tested again when it is on', async () => {
  let on = true
  const made = testCapabilities({})
  const seen = { ok: false, detail: 'the lamp is dark' }
  const scanner = { ...made.scanner, test: async () => seen }
  const capabilities = withSwitches({ ...made, scanner }, () => on)
  assert.is(await capabilities.scanner.test?.(never), seen)
  on = false
  assert.is(await capabilities.scanner.test?.(never), undefined)
  assert.is(capabilities.copier.test, undefined)
})

aSwitch.run()
