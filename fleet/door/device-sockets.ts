import type { Duplex } from 'node:stream'

/** The open connections of each device, or of each address, so that they can be counted and cut. */
export class DeviceSockets {
  readonly #most: number
  readonly #sockets = new Map<string, Set<Duplex>>()

  /** At most `most` connections for each device. */
  constructor(most: number) {
    this.#most = most
  }

  /** Keeps this connection until it closes; false when the device has too many. */
  add(device: string, socket: Duplex): boolean {
    const open = this.#sockets.get(device) ?? new Set()
    if (open.size >= this.#most) return false
    this.#sockets.set(device, open.add(socket))
    socket.once('close', () => {
      open.delete(socket)
      if (open.size === 0 && this.#sockets.get(device) === open) this.#sockets.delete(device)
    })
    return true
  }

  /** Every open connection. */
  all(): Duplex[] {
    return [...this.#sockets.values()].flatMap((open) => [...open])
  }

  destroy(device: string): void {
    for (const socket of this.#sockets.get(device) ?? []) socket.destroy()
  }

  destroyAll(): void {
    for (const device of this.#sockets.keys()) this.destroy(device)
  }
}
