import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A village's line as a TCP relay on loopback that breaks in the ways in which lines and machines do. */
export interface BreakableLine {
  readonly port: number
  /** As a cable that is cut: nothing arrives, and neither end is told. What was sent arrives after `mend`. */
  silence(): void
  /** As a machine without power: its end is gone, and the other one is not told. */
  orphan(): void
  /** As a program that was killed: both ends are told, and none gets through. */
  cut(): void
  mend(): void
  stop(): Promise<void>
}

interface Pair {
  readonly terminal: Socket
  readonly fleet: Socket
}

/** A line to this port. */
export const openBreakableLine = async (target: number): Promise<BreakableLine> => {
  const pairs = new Set<Pair>()
  /** Ends of the fleet whose terminals have gone without a word. */
  const orphans = new Set<Socket>()
  let state: 'whole' | 'silent' | 'gone' = 'whole'
  const join = (from: Socket, to: Socket) => {
    from.on('data', (piece) => {
      if (!to.write(piece)) from.pause()
    })
    to.on('drain', () => {
      if (state === 'whole') from.resume()
    })
    from.on('end', () => to.end())
    from.on('error', () => from.destroy())
    if (state === 'silent') from.pause()
  }
  const server = createServer((terminal) => {
    if (state === 'gone') {
      terminal.on('error', () => undefined).destroy()
      return
    }
    const fleet = connect(target, '127.0.0.1')
    const pair = { terminal, fleet }
    pairs.add(pair)
    join(terminal, fleet)
    join(fleet, terminal)
    terminal.on('close', () => {
      pairs.delete(pair)
      if (!orphans.has(fleet)) fleet.destroy()
    })
    fleet.on('close', () => {
      orphans.delete(fleet)
      // Nobody on a line that is cut hears that the other end has gone.
      if (state !== 'silent') terminal.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    state = 'gone'
    for (const { terminal, fleet } of pairs) {
      terminal.destroy()
      fleet.destroy()
    }
    for (const fleet of orphans) fleet.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    silence() {
      state = 'silent'
      for (const { terminal, fleet } of pairs) {
        terminal.pause()
        fleet.pause()
      }
    },
    orphan() {
      state = 'gone'
      for (const { terminal, fleet } of pairs) {
        orphans.add(fleet)
        fleet.pause()
        terminal.destroy()
      }
    },
    cut,
    mend() {
      state = 'whole'
      for (const fleet of orphans) fleet.destroy()
      for (const { terminal, fleet } of pairs) {
        if (fleet.destroyed) terminal.destroy()
        terminal.resume()
        fleet.resume()
      }
    },
    async stop() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
