import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * A TCP relay in front of the terminals' door that counts what crosses it, TLS records included, and can cut every
 * connection at once. It stands for the village's line.
 */
export class CountingLink {
  /** Bytes that crossed so far, both ways. */
  bytes = 0
  private readonly target: () => number
  private readonly sockets = new Set<Socket>()
  private readonly server: Server

  /** `target` tells the port on loopback at each new connection, since the door may come back on another. */
  constructor(target: () => number) {
    this.target = target
    this.server = createServer((near) => this.relay(near))
  }

  /** Begins to listen on a free port of loopback and resolves to it. */
  async start(): Promise<number> {
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening))
    return (this.server.address() as AddressInfo).port
  }

  /** Ends every connection as a broken line does, without a farewell. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise<void>((closed) => this.server.close(() => closed()))
  }

  private relay(near: Socket): void {
    const far = connect(this.target(), '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from)
      from.on('data', (piece) => {
        this.bytes += piece.length
        if (!to.write(piece)) from.pause()
      })
      to.on('drain', () => from.resume())
      from.on('end', () => to.end())
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.sockets.delete(from)
        to.destroy()
      })
    }
  }
}
