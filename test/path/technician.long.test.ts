import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Acceptance } from '../../fleet/terminals/acceptances.ts'
import { isFinal } from '../../protocol/messages.ts'
import { setupSteps } from '../../protocol/setup.ts'
import { openEvents } from '../../simulator/live-events.ts'
import { allThere } from '../../simulator/village-run.ts'
import { type BareTerminal, openBareTerminal } from '../support/technician.ts'
import { openSlowLine, type SlowLine } from '../support/village/slow-line.ts'

const aTechnician = suite('a technician')
let bare: BareTerminal

/** A whole megabit unless told: `AVYL_LINE_KBITS=64` is the slowest line of all, and takes minutes. */
const kbits = Number(process.env.AVYL_LINE_KBITS ?? 1024)
const mebibyte = 1024 * 1024

aTechnician.after.each(() => bare?.close())

/** A failure tells what the agent said last; the step stands in what was told before. */
const can = (name: string, act: () => Promise<void>): void =>
  aTechnician(name, async () => {
    try {
      await act()
    } catch (error) {
      console.log(await bare?.lastWords())
      throw error
    }
  })

const run = async (name: string, input: object) => {
  const { id } = await bare.api.start(bare.device, { name, input })
  for await (const _ of await openEvents(bare.api, `/commands/${id}/events`)) {
    // Until its end.
  }
  const command = await bare.api.command(id)
  assert.ok(isFinal(command.state))
  return command
}

can('makes a bare terminal work with three inputs', async () => {
  bare = await openBareTerminal()
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

can('goes on where the power went, at every step, and the code is not burned', async () => {
  bare = await openBareTerminal()
  const { code } = await bare.claim(false)
  for (const step of setupSteps) {
    console.log(step)
    if (step === 'scan') await bare.layPrint()
    const input = step === 'claim' ? { code } : {}
    let killing: Promise<void> | undefined
    await bare.field.run(step, input, ({ steps }) => {
      if (steps[step].state === 'running') killing ??= bare.agent.kill()
    })
    await killing
    const again = await bare.field.state()
    if (again.steps[step].state === 'done') continue
    assert.ok(
      ['cut-short', 'print-unknown'].includes(again.steps[step].problem ?? ''),
      again.steps[step].problem,
    )
    const over = await bare.field.run(step, input, () => undefined)
    assert.is(over.steps[step].state, 'done', `${step}: ${JSON.stringify(over.steps[step])}`)
  }
  const { admission, fingerprint } = await bare.field.state()
  assert.is(admission, 'pending')
  const known = await bare.api.send('GET', `/terminals/${bare.device}/acceptance`)
  assert.is(((await known.json()) as Acceptance).sheet.device, bare.device)
  await bare.api.send('POST', `/terminals/${bare.device}/accept`, {
    body: JSON.stringify({ fingerprint }),
    headers: { 'content-type': 'application/json' },
  })
  await allThere(bare.api, [bare.device])
})

can(
  'claims by the label where the stick holds the files of other villages, and burns none of their codes',
  async () => {
    bare = await openBareTerminal({ isTold: false })
    const { code } = await bare.claim()
    const claimStep = async (input: object) =>
      (await bare.field.run('claim', input, () => undefined)).steps.claim
    assert.is((await claimStep({ code })).problem, 'fleet-unknown')
    const others = ['azeevo', 'bakhta'].map((device, number) => ({
      device,
      village: device,
      code: `000000000${number}`,
      expiresAt: Date.now() + 86_400_000,
    }))
    await bare.fillStick(...others)
    assert.is((await bare.field.state()).claimFile, undefined)
    assert.is((await claimStep({})).problem, 'claim-other-device')
    const { steps } = await bare.field.run('uplink', {}, () => undefined)
    assert.is(steps.uplink.state, 'done', steps.uplink.problem)
    const { state, result } = await claimStep({ code })
    assert.equal([state, result?.device, result?.admission], ['done', 'kitelga', 'accepted'])
  },
)

can('claims a terminal anew that Kazan has revoked', async () => {
  bare = await openBareTerminal()
  const { code } = await bare.claim()
  const claimStep = async (typed: string) =>
    (await bare.field.run('claim', { code: typed }, () => undefined)).steps.claim
  assert.is((await claimStep(code)).result?.admission, 'accepted')
  await bare.api.send('POST', `/terminals/${bare.device}/revoke`)
  const revoked = await bare.field.until(({ steps }) => steps.claim.state === 'failed')
  assert.equal([revoked.admission, revoked.steps.claim.problem], ['revoked', 'revoked'])
  const { code: another } = await bare.claim()
  assert.is((await claimStep(another)).result?.admission, 'accepted')
  await allThere(bare.api, [bare.device])
})

can('needs no more inputs and few bytes on a slow line that is cut five times', async () => {
  const cutAt = [6000, 20_000, 50_000, 80_000, 110_000]
  let line: SlowLine | undefined
  bare = await openBareTerminal({
    line: async (port) => {
      line = await openSlowLine(port, kbits, cutAt)
      return line.port
    },
  })
  try {
    const { code } = await bare.claim()
    const first = await bare.setUp('--code', code, '--yes')
    assert.is(first.state.steps.print.state, 'done', JSON.stringify(first.state.steps))
    await bare.layPrint()
    const second = await bare.setUp('--yes', '--wait')
    assert.is(second.code, 0, JSON.stringify(second.state.steps))
    await allThere(bare.api, [bare.device])
    assert.is(line?.cuts, cutAt.length)
    assert.ok((line?.bytes ?? Number.POSITIVE_INFINITY) < 5 * mebibyte, `${line?.bytes} bytes`)
  } finally {
    await line?.stop()
  }
})

aTechnician.run()
