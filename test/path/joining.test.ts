import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Agent, createAgent } from '../../agent/agent.ts'
import type { AgentParts } from '../../agent/assembly.ts'
import { createFakePrinter } from '../../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../../agent/capabilities/scanner/fake.ts'
import { type AgentConfigInput, parseConfig } from '../../agent/config.ts'
import type { Identity, IdentityState } from '../../agent/identity/identity.ts'
import { fingerprintOf } from '../../agent/identity/key.ts'
import type { StoredIdentity } from '../../agent/identity/store.ts'
import type { TerminalIdentity } from '../../fleet/api/identity-schemas.ts'
import { readConfig } from '../../fleet/config.ts'
import { createFleet } from '../../fleet/fleet.ts'
import type { ClaimView } from '../../fleet/identity/claims.ts'
import { createApi } from '../../fleet/web/api.ts'
import { isFinal } from '../../protocol/messages.ts'
import { openEvents } from '../../simulator/live-events.ts'
import { scratch } from '../support/agent-parts.ts'
import { silent } from '../support/fleet.ts'
import { makeIdentity, stateOf } from '../support/identities.ts'

const device = 'kitelga'
const serial = 'PC-0001'
const day = 86_400_000
const mortal = fileURLToPath(new URL('../support/mortal-agent.ts', import.meta.url))

const root = scratch()

/** A real fleet, and a folder for a terminal of it. */
const open = async () => {
  const folder = mkdtempSync(join(root, 'joining-'))
  const settings = { AVYL_DATA_DIR: join(folder, 'fleet'), AVYL_HTTP_PORT: '0', AVYL_MQTT_PORT: '0' }
  const fleet = createFleet(readConfig(settings), silent)
  await fleet.start()
  const token = await fleet.createToken('test', 'admin')
  const api = createApi({ url: fleet.url, headers: { authorization: `Bearer ${token}` } })
  const { ca } = (await (await api.send('GET', '/door')).json()) as { readonly ca: string }
  const own = join(folder, 'terminal')
  mkdirSync(own)
  writeFileSync(join(own, 'ca.pem'), ca)
  const input = (more: Partial<AgentConfigInput> = {}): AgentConfigInput => ({
    fleet: { host: '127.0.0.1', port: fleet.mqttPort },
    ca: join(own, 'ca.pem'),
    serial,
    dataFolder: join(own, 'data'),
    link: { backoffBaseMs: 10, backoffCapMs: 200 },
    setup: { port: 0 },
    logLevel: 'silent',
    ...more,
  })
  return {
    fleet,
    api,
    own,
    input,
    claim: (depot: boolean) =>
      fleet.createClaim({ device, village: 'Кителга', depot, ...(depot ? { serial } : {}) }),
    /** An agent with pretended devices that is not started yet. */
    agent: (more: Partial<AgentConfigInput> = {}, parts: Partial<AgentParts> = {}) =>
      createAgent(parseConfig(input(more)), {
        logger: silent,
        devices: { scanner: new FakeScanDriver(), printer: createFakePrinter() },
        ...parts,
      }),
    stored: () =>
      JSON.parse(readFileSync(join(own, 'data/identity/identity.json'), 'utf8')) as StoredIdentity,
    seen: async () =>
      (await (await api.send('GET', `/terminals/${device}/identity`)).json()) as TerminalIdentity,
    close: () => fleet.stop(),
  }
}

const jsonOf = (body: object) => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

const comesUp = async (agent: Agent) => {
  while (!agent.isUp) await sleep(5)
}

const reaches = async (identity: Identity | undefined, is: IdentityState['is']) => {
  if (!identity) throw new Error('The agent does not run')
  await stateOf(identity, is)
  return identity
}

const joining = suite('a terminal joins its fleet')

joining(
  'is pending until an operator has compared its key, then scans, and is shut out when it is revoked',
  async () => {
    const { api, agent, claim, seen, close } = await open()
    const one = agent({ claim: { code: (await claim(false)).code } })
    await one.start()
    const identity = await reaches(one.identity, 'pending')
    const { admission, fingerprint, serial: told } = await seen()
    assert.equal([admission, fingerprint, told], ['pending', identity.fingerprint, serial])
    assert.equal([identity.device, identity.village, one.isUp], [device, 'Кителга', false])
    const wrong = await api
      .send('POST', `/terminals/${device}/accept`, jsonOf({ fingerprint: '0000 0000 0000' }))
      .catch((error: unknown) => error)
    assert.instance(wrong, Error)
    await api.send('POST', `/terminals/${device}/accept`, jsonOf({ fingerprint }))
    await comesUp(one)
    const input = { source: 'flatbed', dpi: 75, mode: 'grey', format: 'jpeg' }
    const { id } = await api.start(device, { name: 'scanner.scan', input })
    for await (const _ of await openEvents(api, `/commands/${id}/events`)) {
      // Until its end.
    }
    const { state, error } = await api.command(id)
    assert.ok(isFinal(state))
    assert.is(state, 'succeeded', JSON.stringify(error))
    await api.send('POST', `/terminals/${device}/revoke`)
    await reaches(one.identity, 'revoked')
    while (one.isUp) await sleep(5)
    await one.stop()
    await close()
  },
)

joining('keeps its code and its key however often it is killed on the way', async () => {
  const { api, own, claim, input, stored, seen, close } = await open()
  const { code, id } = await claim(true)
  const configFile = join(own, 'agent.json')
  writeFileSync(configFile, JSON.stringify(input({ claim: { code } })))
  const holds = (condition: (identity: StoredIdentity) => unknown) => () => {
    try {
      return Boolean(condition(stored()))
    } catch {
      return false
    }
  }
  const isUsed = async () => {
    const claims = (await (await api.send('GET', '/claims')).json()) as readonly ClaimView[]
    return claims.find((one) => one.id === id)?.state === 'used'
  }
  const keys = new Set<string>()
  const steps: readonly (() => boolean | Promise<boolean>)[] = [
    holds(({ candidate }) => candidate),
    holds(({ claim }) => claim),
    isUsed,
    holds(({ enrolled }) => enrolled),
    holds(({ enrolled }) => enrolled?.keys),
  ]
  for (const reached of steps) {
    const child = fork(mortal, [configFile, join(own, 'paper.txt')], { stdio: 'inherit' })
    while (!(await reached())) await sleep(2)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const { candidate, enrolled } = stored()
    keys.add(candidate?.key ?? enrolled?.own.key ?? '')
  }
  const last = fork(mortal, [configFile, join(own, 'paper.txt')], { stdio: 'inherit' })
  while ((await api.terminal(device)).state !== 'online') await sleep(20)
  last.kill('SIGTERM')
  await once(last, 'exit')
  assert.is(keys.size, 1, 'it has one key all the way')
  const { replaces, claim: redeemed } = await seen()
  assert.equal([redeemed, replaces], [id, undefined])
  await close()
})

for (const [when, wall] of [
  ['1970', 0],
  ['2015', Date.UTC(2015, 0, 1)],
  ['2038', Date.UTC(2038, 0, 20)],
] as const) {
  joining(`comes in also when its clock says ${when}, and jumps while it is in`, async () => {
    const { agent, claim, close } = await open()
    let jump = 0
    const machine = { wall: () => wall + jump }
    const first = agent({ claim: { code: (await claim(true)).code } }, { machine })
    await first.start()
    await comesUp(first)
    jump = 400 * day
    await first.stop()
    const second = agent({}, { machine })
    await second.start()
    await comesUp(second)
    await second.stop()
    await close()
  })
}

joining('renews its certificate, and comes in with the new one', async () => {
  const { own, agent, claim, input, stored, seen, close } = await open()
  const one = agent({ claim: { code: (await claim(true)).code } })
  await one.start()
  await comesUp(one)
  await one.stop()
  const before = stored().enrolled?.own
  const address = input().fleet
  if (!address) throw new Error('The configuration says where the fleet is')
  // Its turn comes with the first moment of its certificate: it asks for the time first, so time cannot pass for it alone.
  const { identity } = makeIdentity({ random: () => -5, serial, address }, join(own, 'data/identity'))
  await identity.start()
  while (stored().enrolled?.own.certificate === before?.certificate) await sleep(5)
  await identity.stop()
  const two = agent()
  await two.start()
  await comesUp(two)
  await two.stop()
  const { enrolled } = stored()
  assert.is(enrolled?.previous, undefined, 'the new one was let in')
  assert.is.not(enrolled?.own.key, before?.key)
  assert.is((await seen()).fingerprint, fingerprintOf(enrolled?.own.key ?? ''))
  await close()
})

joining.run()
