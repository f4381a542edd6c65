import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAgent } from '../../agent/agent.ts'
import { createFakePrinter } from '../../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../../agent/capabilities/scanner/fake.ts'
import { signDesired } from '../../fleet/signing/messages.ts'
import type { DesiredMessage } from '../../protocol/messages.ts'
import { topics } from '../../protocol/topics.ts'
import { desiredMessage, numbered } from '../support/agent-configuration.ts'
import { silent } from '../support/agent-parts.ts'
import { testSigner } from '../support/signing.ts'
import { openTerminalFleet } from '../support/terminal-fleet.ts'

const device = 'terminal-1'
const aBadDocument = suite('a configuration that a terminal cannot take')

aBadDocument('is refused by the place of each fault, a forged one is not even looked at', async () => {
  const fleet = await openTerminalFleet()
  const config = await fleet.configure(device, { link: { backoffBaseMs: 10, backoffCapMs: 100 } })
  const agent = createAgent(config, {
    logger: silent,
    devices: { scanner: new FakeScanDriver(), printer: createFakePrinter() },
    trial: { steadyMs: 0, longestMs: 60_000, everyMs: 10 },
  })
  const send = (message: DesiredMessage) =>
    fleet.broker.publish({
      topic: topics.desired(device),
      payload: Buffer.from(JSON.stringify(message)),
      qos: 1,
      retain: true,
    })
  const signed = (message: DesiredMessage) => signDesired(testSigner(), device, message)
  const last = () => fleet.said(device, 'reported').at(-1)
  const newest = () => (last()?.newest as { version: number } | undefined)?.version
  await agent.start()
  await send(signed(desiredMessage(1)))
  await fleet.until(() => last()?.status === 'applied')
  const { scan: _, ...rest } = numbered(2)
  await send(signed(desiredMessage(2, { ...rest, logLevel: 'loud' })))
  await fleet.until(() => last()?.status === 'rejected')
  const errors = last()?.errors as { path: string }[]
  assert.ok(errors.some(({ path }) => path === '/logLevel'))
  assert.is(last()?.version, 1)
  await send(desiredMessage(3))
  await send(signDesired(testSigner(2), device, desiredMessage(4)))
  await send(signDesired(testSigner(), 'terminal-2', desiredMessage(5)))
  await send({ ...signed(desiredMessage(6)), config: numbered(7) })
  await send(signed(desiredMessage(8)))
  await fleet.until(() => last()?.status === 'applied' && newest() === 8)
  const versions = new Set(fleet.said(device, 'reported').map(({ version }) => version))
  versions.delete(0)
  assert.equal([...versions].sort(), [1, 8])
  await agent.stop()
  await fleet.close()
})

aBadDocument.run()
