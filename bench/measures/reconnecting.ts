import { once } from 'node:events'
import { connect } from 'node:tls'
import type { Credentials } from '../../agent/link/credentials.ts'
import { topics } from '../../protocol/topics.ts'
import { connectBare, credentialsAt, listenDown } from '../bare-client.ts'
import { end, forkFleet, orderOf } from '../fleet-process.ts'
import type { LoneBroker, LoneBrokerOrder } from '../lone-broker.ts'
import { processCost } from '../process-cost.ts'
import { type Figures, figure, median } from '../results.ts'

const order = orderOf<LoneBrokerOrder>()
const count = 700
const atOnce = 20
const warmUps = 1
const rounds = 7

type Terminal = LoneBroker['members'][number] & { readonly kept: Credentials }

/** Lets all do their act, some of them at once, and gives what ends each. */
const all = async (terminals: readonly Terminal[], act: (terminal: Terminal) => Promise<() => void>) => {
  const ends: (() => void)[] = []
  const left = terminals.values()
  const one = async () => {
    for (const terminal of left) ends.push(await act(terminal))
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
    const terminals = members.map((member) => ({ ...member, kept: credentialsAt(port, member.credentials) }))
    const shake = async ({ credentials: { key, certificate, ca } }: Terminal) => {
      const socket = connect({ host: '127.0.0.1', port: echoPort, key, cert: certificate, ca })
      socket.on('error', () => undefined).write('here')
      await once(socket, 'data')
      return () => void socket.destroy()
    }
    const comeWith = async (device: string, credentials: Credentials) => {
      const client = await connectBare(device, credentials)
      await Promise.all([
        listenDown(client, device),
        client.publishAsync(topics.presence(device), '{}', { qos: 1, retain: true }),
      ])
      return () => void client.end(true)
    }
    // A session belongs to its set of credentials: a copy of them has none.
    const comeAnew = ({ device, kept }: Terminal) => comeWith(device, { ...kept })
    const comeBack = ({ device, kept }: Terminal) => comeWith(device, kept)
    const costOf = async (act: (terminal: Terminal) => Promise<() => void>) => {
      const before = processCost(broker.pid ?? 0).cpuSeconds
      const ends = await all(terminals, act)
      const spent = processCost(broker.pid ?? 0).cpuSeconds - before
      for (const end of ends) end()
      // What the end of a connection costs belongs to its end, and not to the next round.
      await order(broker, { act: 'empty' })
      return (spent * 1000) / count
    }
    const costs: { readonly shake: number; readonly anew: number; readonly back: number }[] = []
    for (let round = 0; round < warmUps + rounds; round += 1) {
      costs.push({ shake: await costOf(shake), anew: await costOf(comeAnew), back: await costOf(comeBack) })
    }
    // The first rounds find code that never ran; a fleet that is up has seen connections before.
    const counted = costs.slice(warmUps)
    const medianOf = (what: 'shake' | 'anew' | 'back') => median(counted.map((cost) => cost[what]))
    const [reference, anew, back] = [medianOf('shake'), medianOf('anew'), medianOf('back')]
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
    await end(broker, 'SIGTERM')
  }
}
