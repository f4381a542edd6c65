import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Verifier } from '../../../agent/identity/verifier.ts'
import { createGate } from '../../../agent/link/gate.ts'
import { signDesired } from '../../../fleet/signing/messages.ts'
import { canonical } from '../../../protocol/canonical.ts'
import type { CommandMessage, DesiredMessage } from '../../../protocol/messages.ts'
import type { TopicKind } from '../../../protocol/topics.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { commandMessage, onWire, seeded, silent } from '../../support/agent-parts.ts'
import { signedCancel, signedCommand, testSigner, testVerifier } from '../../support/signing.ts'

const device = 'terminal-1'
const scan = { source: 'flatbed', dpi: 300, mode: 'grey', format: 'jpeg', area: { x: 1, y: 2 } }

/** A gate of this terminal, and what passed it and what did not. */
const gate = (verifier: Verifier = testVerifier(), own: string | null = device) => {
  const passed: [kind: string, id: string | number][] = []
  const refused: string[] = []
  const { received } = createGate({
    device: () => own ?? undefined,
    verifier,
    passed: {
      command: ({ id }) => passed.push(['command', id]),
      cancel: ({ id }) => passed.push(['cancel', id]),
      desired: ({ version }) => passed.push(['desired', version]),
    },
    refusals: { count: (kind, reason) => refused.push(`${kind} ${reason}`) },
    logger: silent,
  })
  const bytes = (kind: TopicKind, command: string | undefined, payload: Uint8Array) =>
    received({ device, kind, ...(command === undefined ? {} : { command }) }, payload)
  return {
    passed,
    refused,
    bytes,
    tell: (kind: 'command' | 'cancel', message: { readonly id: string }) =>
      bytes(kind, message.id, onWire(message)),
    want: (message: object) => bytes('desired', undefined, onWire(message)),
    settled: () => new Promise((resolve) => setImmediate(resolve)),
  }
}

const aCommand = (changes: Partial<CommandMessage> = {}) =>
  signedCommand(device, commandMessage('scanner.scan', scan, { visit: 'visit-1', ...changes }))

const desired = (config: unknown = { locale: 'tt' }, terminal = device): DesiredMessage =>
  signDesired(testSigner(), terminal, {
    ...{ v: 1, ts: 1, boot: 'fleet', run: 'fleet', seq: 0, version: 7, config },
    hash: createHash('sha256').update(canonical(config)).digest('hex'),
  })

const theGate = suite('the gate of a terminal')

theGate('lets in what the fleet signed for it, in the order in which it came', async () => {
  const { tell, want, passed, refused, settled } = gate()
  const message = aCommand()
  tell('command', message)
  want(desired())
  tell('cancel', signedCancel(device, message))
  assert.equal(passed, [], 'nothing passes before it is proved')
  await settled()
  assert.equal(passed, [
    ['command', message.id],
    ['desired', 7],
    ['cancel', message.id],
  ])
  assert.equal(refused, [])
})

/** Other values of the same kind, and of others. */
const others = (value: unknown, random: () => number): unknown[] => {
  const digit = Math.floor(random() * 9) + 1
  if (typeof value === 'number') return [value + digit, value - digit, value + 1, -value, `${value}`, null]
  if (typeof value === 'string') return [`${value}x`, value.slice(1), value.toUpperCase(), '', 1, undefined]
  return [{ ...(value as object), more: digit }, [], {}, null, 'text', undefined]
}

theGate('lets nothing in that was altered in any member that is signed', async () => {
  const random = seeded(20_261_122)
  const message = aCommand()
  const members = [
    'ts',
    'id',
    'name',
    'input',
    'issuedAt',
    'expiresAt',
    'deadlineMs',
    'actor',
    'visit',
  ] as const
  let tried = 0
  for (let round = 0; round < 20; round += 1) {
    for (const member of members) {
      for (const other of others(message[member], random)) {
        const altered = { ...message, [member]: other }
        if (canonical(altered) === canonical(message)) continue
        const { bytes, passed, refused, settled } = gate()
        bytes('command', String(altered.id), onWire(altered))
        await settled()
        assert.equal(passed, [], `${member} as ${JSON.stringify(other)}`)
        assert.is(refused.length, 1, `${member} as ${JSON.stringify(other)}`)
        tried += 1
      }
    }
  }
  assert.ok(tried > 900)
})

theGate('lets nothing in of which a single member deep in its input was altered', async () => {
  const message = aCommand()
  for (const input of [
    { ...scan, dpi: 301 },
    { ...scan, area: { x: 1, y: 3 } },
    { ...scan, area: { x: 1 } },
    { ...scan, area: { x: 1, y: 2, z: 0 } },
    { ...scan, area: { x: '1', y: 2 } },
    JSON.parse('{"source":"flatbed","__proto__":{"dpi":300},"mode":"grey","format":"jpeg"}'),
  ]) {
    const { tell, passed, settled } = gate()
    tell('command', { ...message, input } as CommandMessage)
    await settled()
    assert.equal(passed, [])
  }
})

theGate('does not care in which order members come', async () => {
  const { tell, passed, settled } = gate()
  const message = aCommand()
  tell('command', Object.fromEntries(Object.entries(message).toReversed()) as unknown as CommandMessage)
  await settled()
  assert.equal(passed, [['command', message.id]])
})

theGate('lets nothing in with any bit of its signature changed', async () => {
  const message = aCommand()
  const { key, value } = message.signature ?? { key: '', value: '' }
  const bytes = Buffer.from(value, 'base64url')
  const random = seeded(7)
  for (let count = 0; count < 64; count += 1) {
    const changed = Buffer.from(bytes)
    const at = Math.floor(random() * 64)
    changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    const { tell, passed, refused, settled } = gate()
    tell('command', {
      ...message,
      signature: { key, value: changed.toString('base64url') },
    } as CommandMessage)
    await settled()
    assert.equal([passed, refused], [[], ['command unproven']])
  }
})

theGate('lets nothing in that was signed for another terminal, or by another fleet', async () => {
  const other = commandMessage('scanner.scan', scan)
  const { tell, want, passed, refused, settled } = gate()
  tell('command', signedCommand('terminal-2', other))
  tell('cancel', signedCancel('terminal-2', other))
  want(desired({}, 'terminal-2'))
  await settled()
  assert.equal(passed, [])
  assert.equal(refused, ['command unproven', 'cancel unproven', 'desired unproven'])
  const foreign = gate(testVerifier(2))
  foreign.tell('command', aCommand())
  await foreign.settled()
  assert.equal([foreign.passed, foreign.refused], [[], ['command unproven']])
})

theGate('lets no signature serve for another purpose', async () => {
  const { tell, passed, refused, settled } = gate()
  const message = aCommand()
  const { v, ts, boot, run, seq, id, signature } = message
  tell('cancel', { v, ts, boot, run, seq, id, signature } as { id: string })
  tell('command', { ...message, signature: signedCancel(device, message).signature } as CommandMessage)
  await settled()
  assert.equal(passed, [])
  assert.equal(refused, ['cancel unproven', 'command unproven'])
})

theGate('lets nothing in that is not signed', async () => {
  const { tell, want, passed, refused, settled } = gate()
  const { signature, ...message } = aCommand()
  const { v, ts, boot, run, seq, id } = message
  tell('command', message)
  tell('cancel', { v, ts, boot, run, seq, id } as { id: string })
  const { signature: _, ...wanted } = desired()
  want(wanted)
  await settled()
  assert.equal(passed, [])
  assert.equal(refused, ['command unsigned', 'cancel unsigned', 'desired unsigned'])
})

theGate('lets in no configuration that differs from its hash', async () => {
  const { want, passed, refused, settled } = gate()
  const message = desired()
  want({ ...message, config: { locale: 'ru' } })
  want({ ...message, version: 8 })
  want({ ...message, hash: desired({}).hash, config: {} })
  await settled()
  assert.equal(passed, [])
  assert.equal(refused, ['desired malformed', 'desired unproven', 'desired unproven'])
})

for (const [what, payload] of [
  ['no JSON', Buffer.from('{')],
  ['nothing', Buffer.alloc(0)],
  ['too large', Buffer.alloc(70_000, 32)],
  ['nested without end', Buffer.from('['.repeat(60_000))],
  ['of another id', onWire(aCommand())],
  ['not a number of JSON', Buffer.from(JSON.stringify(aCommand()).replace('300', '1e999'))],
] as const) {
  theGate(`lets in nothing that is ${what}`, async () => {
    const { bytes, passed, refused, settled } = gate()
    for (const kind of ['command', 'cancel', 'desired'] as const) bytes(kind, uuidv7(), payload)
    await settled()
    assert.equal(passed, [])
    assert.equal(refused, ['command malformed', 'cancel malformed', 'desired malformed'])
  })
}

theGate('lets in nothing whose input is nested without end', async () => {
  const { bytes, passed, refused, settled } = gate()
  const message = aCommand()
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  const text = JSON.stringify({ ...message, input: 'deep' }).replace('"deep"', deep)
  bytes('command', message.id, Buffer.from(text))
  await settled()
  assert.equal([passed, refused.length], [[], 1])
})

theGate('takes no notice of a probe', async () => {
  const { bytes, passed, refused, settled } = gate()
  bytes('probe', undefined, Buffer.from('{}'))
  await settled()
  assert.equal([passed, refused], [[], []])
})

theGate('of a terminal that has no name yet lets nothing in', async () => {
  const { tell, passed, settled } = gate(testVerifier(), null)
  tell('command', aCommand())
  await settled()
  assert.equal(passed, [])
})

theGate('keeps the order while a key is asked for, and a cancellation behind its command', async () => {
  const verifier = testVerifier(2)
  const asked = Promise.withResolvers<void>()
  const { tell, passed, refused, settled } = gate({
    async verify(text, signature) {
      if (signature.key === testSigner(1).keys.keys[0]?.id) {
        await asked.promise
        verifier.learn({
          ...testSigner().keys,
          keys: [...testSigner(1).keys.keys, ...testSigner(2).keys.keys],
        })
      }
      return verifier.verify(text, signature)
    },
  })
  const first = aCommand()
  tell('command', first)
  tell('cancel', signedCancel(device, first))
  const second = aCommand()
  tell('command', second)
  await settled()
  assert.equal([passed, refused], [[], []])
  asked.resolve()
  await settled()
  assert.equal(passed, [
    ['command', first.id],
    ['cancel', first.id],
    ['command', second.id],
  ])
})

theGate(
  'holds a bounded number of bytes while it waits for a key, and takes in more when they have gone',
  async () => {
    const asked = Promise.withResolvers<void>()
    const known = testVerifier()
    const { tell, passed, refused, settled } = gate({
      async verify(text, signature) {
        await asked.promise
        return known.verify(text, signature)
      },
    })
    const big = { note: 'x'.repeat(60_000) }
    for (let count = 0; count < 40; count += 1) {
      tell('command', signedCommand(device, commandMessage('printer.describe', big)))
    }
    asked.resolve()
    for (let count = 0; count < 20; count += 1) await settled()
    assert.is(passed.length, 17, 'as many as fit in a mebibyte')
    const later = aCommand()
    tell('command', later)
    await settled()
    assert.equal(passed.at(-1), ['command', later.id])
    assert.equal(refused, [])
  },
)

theGate('goes on after one that it could not take in', async () => {
  let first = true
  const known = testVerifier()
  const { tell, passed, settled } = gate({
    async verify(text, signature) {
      if (!first) return known.verify(text, signature)
      first = false
      throw new Error('a fault of ours')
    },
  })
  tell('command', aCommand())
  const second = aCommand()
  tell('command', second)
  await settled()
  assert.equal(passed, [['command', second.id]])
})

theGate.run()
