import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createGate } from '../../../agent/link/gate.ts'
import { createDelivery } from '../../../fleet/commands/delivery.ts'
import type { CommandRecord } from '../../../fleet/commands/record.ts'
import { parseTopic } from '../../../protocol/topics.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { PretendBroker, StoppedClock, settled, silent } from '../../support/fleet.ts'
import { testSigner, testVerifier } from '../../support/signing.ts'

const clock = new StoppedClock()
const record = (changes: Partial<CommandRecord> = {}): CommandRecord => ({
  id: uuidv7(clock.now()),
  terminal: 'arsk-1',
  name: 'printer.print',
  input: { document: uuidv7(), pages: '1-3' },
  state: 'sent',
  actor: 'expert-1',
  issuedAt: clock.now(),
  expiresAt: clock.now() + 60_000,
  deadlineMs: 1000,
  updatedAt: clock.now(),
  pages: [],
  ...changes,
})

/** What the gate of this terminal lets in of all that a broker was given. */
const letIn = async (broker: PretendBroker, terminal: string) => {
  const passed: string[] = []
  const gate = createGate({
    device: () => terminal,
    verifier: testVerifier(),
    passed: {
      command: ({ expiresAt }) => passed.push(`command until ${expiresAt - clock.now()}`),
      cancel: () => passed.push('cancel'),
      desired: () => passed.push('desired'),
    },
    refusals: { count: (kind, reason) => passed.push(`${kind} ${reason}`) },
    logger: silent,
  })
  for (const { topic, body } of broker.published) {
    const parsed = parseTopic(topic)
    if (parsed) gate.received(parsed, Buffer.from(JSON.stringify(body)))
  }
  await settled()
  return passed
}

const theDelivery = suite('a command on the wire')

theDelivery('is signed for its terminal alone', async () => {
  const broker = new PretendBroker()
  const delivery = createDelivery(broker, testSigner(), clock, silent)
  delivery.command(record())
  assert.equal(await letIn(broker, 'arsk-1'), ['command until 60000'])
  assert.equal(await letIn(broker, 'arsk-2'), ['command unproven'])
})

theDelivery('is signed as it leaves: stopped meanwhile, it says another expiry', async () => {
  const broker = new PretendBroker()
  const delivery = createDelivery(broker, testSigner(), clock, silent)
  const stopped = record({ cancelledAt: clock.now() + 5000 })
  delivery.command(stopped)
  delivery.cancel(stopped)
  assert.equal(await letIn(broker, 'arsk-1'), ['command until 5000', 'cancel'])
})

theDelivery('stays away, without harm to the fleet, when it cannot be signed', async () => {
  const broker = new PretendBroker()
  const keyless = { ...testSigner(), sign: () => assert.unreachable() as never }
  const delivery = createDelivery(broker, keyless, clock, silent)
  delivery.command(record())
  delivery.cancel(record())
  await settled()
  assert.equal(broker.published, [])
})

theDelivery.run()
