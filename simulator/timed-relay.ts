import { type AddressInfo, connect, createServer } from 'node:net'

/** A TCP relay that notes when a picture began to flow back: the first pixels of a scanner. */
export interface TimedRelay {
  readonly port: number
  /** When the newest picture began, by `performance.now()`. */
  readonly firstBytesAt: number | undefined
  stop(): Promise<void>
}

/** The header of a reply that carries a picture, at the beginning of what comes from the server. */
const pictureHeader = /^content-type: image\/jpeg/im

/** Stands in front of an eSCL server on loopback. */
export const startTimedRelay = async (target: number): Promise<TimedRelay> => {
  let firstBytesAt: number | undefined
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    far.on('data', (piece) => {
      const text = piece.subarray(0, 1024).toString('latin1')
      if (text.startsWith('HTTP/1.1 200') && pictureHeader.test(text)) firstBytesAt = performance.now()
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
