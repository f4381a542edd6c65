import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Acceptance } from '../../fleet/terminals/acceptances.ts'
import { isFinal } from '../../protocol/messages.ts'
import { openEvents } from '../../simulator/live-events.ts'
import { allThere } from '../../simulator/village-run.ts'
import { type BareTerminal, openBareTerminal } from '../support/technician.ts'

const aTechnician = suite('a technician')
let bare: BareTerminal

aTechnician.before.each(async () => {
  bare = await openBareTerminal()
})
aTechnician.after.each(() => bare?.close())

const run = async (name: string, input: object) => {
  const { id } = await bare.api.start(bare.device, { name, input })
  for await (const _ of await openEvents(bare.api, `/commands/${id}/events`)) {
    // Until its end.
  }
  const command = await bare.api.command(id)
  assert.ok(isFinal(command.state))
  return command
}

aTechnician('makes a bare terminal work with three inputs', async () => {
  const { code } = await bare.claim()
  // The first: the code. The walk ends at the glass, on which another page lies.
  const first = await bare.setUp('--code', code, '--yes')
  assert.is(first.code, 1)
  const { steps } = first.state
  const states = Object.entries(steps).map(([step, { state }]) => `${step} ${state}`)
  assert.equal(states, [
    ...['uplink', 'claim', 'devices', 'selftest', 'print'].map((step) => `${step} done`),
    'scan failed',
    'handover open',
  ])
  assert.is(steps.scan.problem, 'sheet-without-mark')
  assert.is(first.state.admission, 'accepted')
  assert.is(steps.selftest.result?.checks.find(({ name }) => name === 'camera')?.state, 'absent')
  // The second: the sheet on the glass. The third: the end.
  await bare.layPrint()
  const second = await bare.setUp('--yes', '--wait')
  assert.is(second.code, 0, JSON.stringify(second.state.steps))
  await allThere(bare.api, [bare.device])
  const told = (await (
    await bare.api.send('GET', `/terminals/${bare.device}/acceptance`)
  ).json()) as Acceptance
  assert.is(told.sheet.fingerprint, second.state.fingerprint)
  assert.is(told.recognised.hash, steps.print.result?.hash)
  const picture = await bare.api.send('GET', `/artefacts/${told.picture}`)
  assert.is(picture.headers.get('content-type'), 'image/jpeg')
  await picture.arrayBuffer()
  const scan = await run('scanner.scan', { source: 'flatbed', dpi: 75, mode: 'grey', format: 'pdf' })
  assert.is(scan.state, 'succeeded', JSON.stringify(scan.error))
  const { document } = scan.result as { readonly document: string }
  const print = await run('printer.print', { document })
  assert.is(print.state, 'succeeded', JSON.stringify(print.error))
})

aTechnician.run()
