import { door as paths } from '../../protocol/door.ts'
import type { Uplink } from '../../protocol/setup.ts'
import { type Door, readBounded } from '../link/https.ts'
import { SetupFault } from './fault.ts'
import { type PortToTry, passes } from './ports.ts'

/** What measuring the line needs. */
export interface UplinkParts {
  readonly door: Pick<Door, 'ask'>
  /** Looks where the terminals' door is; nothing while no fleet is known. */
  readonly find: () => Promise<{ readonly host: string; readonly port: number } | undefined>
  /** Other ports that shall pass. */
  readonly ports: readonly PortToTry[]
}

const questions = 10
const questionMs = 3000

/** Each is tried as long as the one before it went fast: a slow line is measured with few bytes. */
const sizes = [16 * 1024, 64 * 1024, 256 * 1024]
const fastMs = 1500
const transferMs = 60_000

/** How the line to the fleet is. Throws `SetupFault` where the fleet cannot be reached. */
export const measureUplink = async (
  { door, find, ports }: UplinkParts,
  show: (percent: number) => void,
  signal: AbortSignal,
): Promise<Uplink> => {
  const at = await find()
  if (at === undefined) throw new SetupFault('fleet-unknown')
  const probe = probing(door, signal)
  await again(() => probe.down(0, questionMs)).catch(unreachable(signal))
  show(10)
  const { rttMs, lossPercent } = await roundTrips(probe)
  show(30)
  const downKbits = await rate(probe.down, rttMs).catch(unreachable(signal))
  show(60)
  const upKbits = await rate(probe.up, rttMs).catch(unreachable(signal))
  show(90)
  const others = await Promise.all(ports.map(async (port) => ({ ...port, open: await passes(port, signal) })))
  signal.throwIfAborted()
  const own = { host: at.host, port: at.port, protocol: 'tls' as const, open: true }
  return { rttMs, lossPercent, downKbits, upKbits, ports: [own, ...others] }
}

const unreachable = (signal: AbortSignal) => (cause: unknown) => {
  signal.throwIfAborted()
  if (cause instanceof SetupFault) throw cause
  throw new SetupFault('fleet-unreachable', cause instanceof Error ? cause.message : '', { cause })
}

/** A line that breaks now and then is still one: what was cut off is measured once more. */
const again = async <T>(act: () => Promise<T>): Promise<T> => {
  for (let left = 2; ; left -= 1) {
    try {
      return await act()
    } catch (thrown) {
      if (left === 0 || thrown instanceof SetupFault) throw thrown
    }
  }
}

type Transfer = (bytes: number, limitMs: number) => Promise<number>

/** Moves so many bytes and gives the milliseconds that it took. */
const probing = (door: Pick<Door, 'ask'>, signal: AbortSignal) => {
  const moved = async (method: 'GET' | 'PUT', path: string, limitMs: number, body?: Uint8Array) => {
    const since = performance.now()
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)])
    const answer = await door.ask({ method, path, signal: limit, ...(body ? { body } : {}) })
    await readBounded(answer, 2 * (sizes.at(-1) ?? 0))
    if (answer.statusCode === 429) throw new SetupFault('rate-limited')
    if (answer.statusCode !== 200) throw new Error(`The fleet answered ${answer.statusCode}`)
    return performance.now() - since
  }
  const down: Transfer = (bytes, limitMs) => moved('GET', `${paths.probe}?bytes=${bytes}`, limitMs)
  const up: Transfer = (bytes, limitMs) => moved('PUT', paths.probe, limitMs, Buffer.alloc(bytes, 0x55))
  return { down, up }
}

/** The middle of the times of small questions; one without an answer in time counts as lost. */
const roundTrips = async ({ down }: { readonly down: Transfer }) => {
  const times: number[] = []
  let last: unknown
  for (let question = 0; question < questions; question += 1) {
    try {
      times.push(await down(0, questionMs))
    } catch (thrown) {
      if (thrown instanceof SetupFault) throw thrown
      last = thrown
    }
  }
  times.sort((one, other) => one - other)
  const rttMs = times[times.length >> 1]
  if (rttMs === undefined) throw new SetupFault('fleet-unreachable', '', { cause: last })
  return { rttMs, lossPercent: (100 * (questions - times.length)) / questions }
}

const rate = async (transfer: Transfer, rttMs: number): Promise<number> => {
  let kbits = 0
  for (const bytes of sizes) {
    const took = await again(() => transfer(bytes, transferMs))
    // The question itself takes a round trip in which nothing is moved; on a fast line that is lost in the noise.
    kbits = (bytes * 8) / (took > 2 * rttMs ? took - rttMs : took)
    if (took > fastMs) break
  }
  return kbits
}
