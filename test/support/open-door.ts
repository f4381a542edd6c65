import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OpenHandler } from '../../fleet/door/door.ts'
import type { Shown } from '../../fleet/identity/peer.ts'

/** A certificate that the door knows. */
export const shownBy = (device: string): Shown => ({
  device,
  certificate: '01',
  address: '127.0.0.1',
  validFrom: 0,
  expiresAt: Number.MAX_SAFE_INTEGER,
  sha256: 'ab'.repeat(32),
  chained: true,
})

/** One open route behind plain HTTP; `shown` is the certificate of who asks. */
export const openRoute = async (route: OpenHandler, shown?: Shown) => {
  const server = createServer((request, response) => {
    if (!route({ address: '127.0.0.1', shown, standing: shown && 'accepted' }, request, response))
      response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ask: (method: string, path: string, body?: Uint8Array | string) =>
      fetch(url + path, {
        method,
        ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']> }),
      }),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
