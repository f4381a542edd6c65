import { once } from 'node:events'
import { connect } from 'node:tls'
import type { Credentials } from '../../agent/link/credentials.ts'
import { topics } from '../../protocol/topics.ts'
import { connectBare, credentialsAt } from '../bare-client.ts'
import { forkFleet, orderOf } from '../fleet-process.ts'
import type { LoneBroker, LoneBrokerOrder } from '../lone-broker.ts'
import { processCost } from '../process-cost.ts'
import { type Figures, figure, median } from '../results.ts'

const order = orderOf<LoneBrokerOrder>()
const count = 700
const atOnce = 20
const warmUps = 1
const rounds = 3

type Member = LoneBroker['members'][number]

/** Lets all do their act, some of them at once, and gives what ends each. */
const all = async (members: readonly Member[], act: (member: Member) => Promise<() => void>) => {
  const ends: (() => void)[] = []
  const left = members.values()
  const one = async () => {
    for (const member of left) ends.push(await act(member))
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return ends
}

/**
 * What the return of one terminal costs door and broker alone: mutual TLS, CONNECT, SUBSCRIBE and its presence; with
 * the session that it had before, as after a restart of the fleet, and with a whole handshake, as after its own.
 */
export const reconnecting = async (): Promise<Figures> => {
  const broker = forkFleet('lone-broker.ts')
  try {
    const devices = Array.from({ length: count }, (_, number) => `terminal-${number}`)
    const { port, echoPort, members } = await order<LoneBroker>(broker, { act: 'open', devices })
    const shake = async ({ credentials: { key, certificate, ca } }: Member) => {
      const socket = connect({ host: '127.0.0.1', port: echoPort, key, cert: certificate, ca })
      socket.on('error', () => undefined).write('here')
      await once(socket, 'data')
      return () => void socket.destroy()
    }
    const comeWith = async (device: string, credentials: Credentials) => {
      const client = await connectBare(device, credentials)
      await client.publishAsync(topics.presence(device), '{}', { qos: 1, retain: true })
      return () => void client.end(true)
    }
    const kept = new Map(
      members.map(({ device, credentials }) => [device, credentialsAt(port, credentials)] as const),
    )
    const comeAnew = ({ device, credentials }: Member) => comeWith(device, credentialsAt(port, credentials))
    const comeBack = ({ device, credentials }: Member) =>
      comeWith(device, kept.get(device) ?? credentialsAt(port, credentials))
    const costOf = async (act: (member: Member) => Promise<() => void>) => {
      const before = processCost(broker.pid ?? 0).cpuSeconds
      const ends = await all(members, act)
      const spent = processCost(broker.pid ?? 0).cpuSeconds - before
      for (const end of ends) end()
      // What the end of a connection costs belongs to its end, and not to the next round.
      await order(broker, { act: 'empty' })
      return (spent * 1000) / count
    }
    const costs = { shake: [] as number[], anew: [] as number[], back: [] as number[] }
    for (let round = 0; round < warmUps + rounds; round += 1) {
      const cost = { shake: await costOf(shake), anew: await costOf(comeAnew), back: await costOf(comeBack) }
      // The first rounds find code that never ran; a fleet that is up has seen connections before.
      if (round < warmUps) continue
      costs.shake.push(cost.shake)
      costs.anew.push(cost.anew)
      costs.back.push(cost.back)
    }
    const [reference, anew, back] = [median(costs.shake), median(costs.anew), median(costs.back)]
    const beside = `a mutual handshake and an echo in the same process: ${reference.toFixed(2)} ms`
    return {
      'fleet.700.broker_cpu_ms': figure(
        back,
        'ms',
        `processor time of door and broker alone for each of ${count} terminals that come back with the TLS session they had: mutual TLS, CONNECT, SUBSCRIBE, presence; target 2; ${beside}`,
      ),
      'fleet.700.broker_cpu_anew_ms': figure(anew, 'ms', 'the same with a whole handshake each'),
      'fleet.700.broker_cpu_ratio': figure(
        anew / reference,
        'times',
        `with a whole handshake, beside ${beside}; the target of 2 ms was set where a handshake costs 0.9 to 1.1 ms, and is 1.8 of it`,
      ),
    }
  } finally {
    broker.disconnect()
    await once(broker, 'exit')
  }
}
