import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A village's line as a TCP relay on loopback that can be gone, or keep back what the fleet sends. */
export interface HeldLine {
  readonly port: number
  /** Bytes of the fleet that are kept back now. */
  readonly heldBytes: number
  /** From now on what the fleet sends is kept back; what the terminal sends gets through. */
  hold(): void
  /** What was kept back arrives, in its order. */
  release(): void
  /** Cuts every connection, with all that was kept back, and takes no new one until `mend`. */
  cut(): void
  mend(): void
  stop(): Promise<void>
}

/** A line to this port. */
export const openHeldLine = async (target: number): Promise<HeldLine> => {
  const sockets = new Set<Socket>()
  let held: (readonly [to: Socket, piece: Buffer])[] = []
  let holds = false
  let gone = false
  const keep = (socket: Socket, other: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }
  const server = createServer((terminal) => {
    if (gone) return void terminal.destroy()
    const fleet = connect(target, '127.0.0.1')
    keep(terminal, fleet)
    keep(fleet, terminal)
    terminal.pipe(fleet, { end: false })
    fleet.on('data', (piece) => {
      if (holds) held.push([terminal, piece])
      else terminal.write(piece)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    gone = true
    holds = false
    held = []
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    get heldBytes() {
      return held.reduce((sum, [, piece]) => sum + piece.length, 0)
    },
    hold() {
      holds = true
    },
    release() {
      holds = false
      for (const [to, piece] of held.splice(0)) to.write(piece)
    },
    cut,
    mend() {
      gone = false
    },
    async stop() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
