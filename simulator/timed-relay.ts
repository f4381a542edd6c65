import { type AddressInfo, connect, createServer } from 'node:net'

/** A TCP relay that notes when a reply of at least `bytes` bytes began to flow: the first pixels of a scanner. */
export interface TimedRelay {
  readonly port: number
  /** When the newest such reply began, by `performance.now()`. */
  readonly firstBytesAt: number | undefined
  stop(): Promise<void>
}

/** Stands in front of a server on loopback. */
export const startTimedRelay = async (target: number, bytes: number): Promise<TimedRelay> => {
  let firstBytesAt: number | undefined
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    let began: number | undefined
    let flowed = 0
    near.on('data', () => {
      flowed = 0
      began = undefined
    })
    far.on('data', (piece) => {
      began ??= performance.now()
      const before = flowed
      flowed += piece.length
      if (before < bytes && flowed >= bytes) firstBytesAt = began
    })
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) {
      socket.on('error', () => {
        near.destroy()
        far.destroy()
      })
    }
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    port: (server.address() as AddressInfo).port,
    get firstBytesAt() {
      return firstBytesAt
    },
    stop: () => new Promise<void>((closed) => server.close(() => closed())),
  }
}
