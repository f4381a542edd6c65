import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Command } from '../../fleet/api/schemas.ts'
import { isFinal } from '../../protocol/messages.ts'
import { topics } from '../../protocol/topics.ts'
import { connectBare, credentialsAt, listenDown } from '../bare-client.ts'
import { type BareDoor, openBareDoor } from '../bare-door.ts'
import type { AgentBundle } from '../bundles.ts'
import { end } from '../fleet-process.ts'
import { fakeDevices, withFleet } from '../fleet-under-test.ts'
import { LeanClient } from '../lean-client.ts'
import { type Figures, figure, median } from '../results.ts'

/** One act that is measured, from its beginning to its end. */
type Round = () => Promise<void>

const warmUps = 100
const blocks = 4
const roundsOfBlock = 100

/** Repeats a round and gives the time of each, in milliseconds. */
const timed = async (round: Round, count: number): Promise<readonly number[]> => {
  const times: number[] = []
  while (times.length < count) {
    const begun = performance.now()
    await round()
    times.push(performance.now() - begun)
  }
  return times
}

/** The middle of both kinds of rounds, taken by turns: what else the machine does at a moment meets both. */
const compared = async (bare: Round, command: Round): Promise<{ reference: number; ours: number }> => {
  await timed(bare, warmUps)
  await timed(command, warmUps)
  const times = { bare: [] as number[], command: [] as number[] }
  for (let block = 0; block < blocks; block += 1) {
    times.bare.push(...(await timed(bare, roundsOfBlock)))
    times.command.push(...(await timed(command, roundsOfBlock)))
  }
  return { reference: median(times.bare), ours: median(times.command) }
}

/**
 * From one MQTT client through the broker and the door of the fleet to another one and back, QoS 1 on all four legs,
 * with nothing stored: what the least thinkable program would need for the way that a command goes.
 */
const withBare = async <T>(use: (round: Round) => Promise<T>): Promise<T> => {
  const other: Readonly<Record<string, string>> = { asker: 'echo', echo: 'asker' }
  const door: BareDoor = await openBareDoor({
    async message(device, { payload }) {
      const topic = topics.command(other[device] ?? '', 'bare')
      await door.broker.publish({ topic, payload, qos: 1, retain: false })
    },
  })
  const { authority } = door
  const echo = fork(new URL('../echo-terminal.ts', import.meta.url))
  const member = async (device: string) => credentialsAt(door.port, await authority.issueTerminal(device))
  const asker = await connectBare('asker', await member('asker'))
  try {
    await listenDown(asker, 'asker')
    echo.send({ device: 'echo', credentials: await member('echo') })
    await once(echo, 'message')
    const payload = Buffer.alloc(300, 'x')
    return await use(async () => {
      const back = new Promise<void>((came) => asker.once('message', () => came()))
      asker.publish(topics.event('asker'), payload, { qos: 1 })
      await back
    })
  } finally {
    await asker.endAsync()
    await end(echo, 'SIGTERM')
    await door.close()
  }
}

/** From the request at the API to the final state at a live stream, every row and journal entry written. */
const withCommand = <T>(bundle: AgentBundle, use: (round: Round) => Promise<T>): Promise<T> =>
  withFleet({ bundle, devices: fakeDevices }, async ({ fleet, token, terminal }) => {
    const client = new LeanClient(fleet.url, token)
    const ends = new Map<string, PromiseWithResolvers<void>>()
    const endOf = (id: string) => {
      const end = ends.get(id) ?? Promise.withResolvers<void>()
      ends.set(id, end)
      return end
    }
    await client.listen('/events', (event, data) => {
      const { id, state } = data as Command
      if (event === 'command' && isFinal(state)) endOf(id).resolve()
    })
    const wish = { name: 'printer.describe', input: {} }
    const result = await use(async () => {
      const { id } = (await client.post(`/terminals/${terminal.id}/commands`, wish)) as Pick<Command, 'id'>
      await endOf(id).promise
      ends.delete(id)
    })
    client.close()
    return result
  })

/** How long a command takes from the API to the terminal and back, beside the least that the wire allows. */
export const roundTrip = (bundle: AgentBundle): Promise<Figures> =>
  withBare((bare) =>
    withCommand(bundle, async (command) => {
      const { reference, ours } = await compared(bare, command)
      return {
        'command.roundtrip.p50_ms': figure(
          ours,
          'ms',
          `printer.describe by a fake driver, ${blocks * roundsOfBlock} rounds, p50`,
        ),
        'command.roundtrip.ratio': figure(
          ours / reference,
          'times',
          `a bare QoS 1 round trip through the same broker, client to client and back over TLS: ${reference.toFixed(2)} ms p50`,
        ),
      }
    }),
  )
