import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { readBounded } from '../../agent/link/https.ts'
import { door as paths } from '../../protocol/door.ts'
import type { Admission, EnrolProblem } from '../../protocol/enrolment.ts'
import { signedText } from '../../protocol/signing.ts'
import { certifyKeys, issue, keyOfRequest, makePki, makeSigningKey, type Pki } from './pki.ts'

const day = 86_400_000

/** What happens to the next requests on one path. */
export type Mishap = 'lose-question' | 'lose-answer' | 'no-json' | 'unfit'

/**
 * The HTTPS half of a terminals' door that issues to everybody who has the code, remembers what it was asked, and goes
 * wrong as the test says. All of it may be changed at any time.
 */
export const openPretendDoor = async (times: { readonly from?: number; readonly until?: number } = {}) => {
  const pki: Pki = await makePki(times)
  const { root, devices, server } = pki
  const signing = [makeSigningKey()]
  const requests: { readonly path: string; readonly body: Record<string, unknown> | undefined }[] = []
  /** Serial numbers of the client certificates that came with requests. */
  const shown: string[] = []
  const mishaps: { path: string; what: Mishap }[] = []
  const watchers = new Set<() => void>()
  const door = {
    code: '0123456789',
    device: 'bakhta',
    admission: 'accepted' as Admission,
    refusal: undefined as EnrolProblem | undefined,
    /** How long a certificate lives, in milliseconds. */
    life: 30 * day,
    now: () => Date.now(),
    issuedAt: 1,
    /** What an answer on this path waits for, which says what was so before. */
    holds: async (_path: string): Promise<void> => {},
    roots: root.certificate,
  }
  const keys = () => certifyKeys(devices, devices.certificate + root.certificate, signing, door.issuedAt)
  const certificateFor = async (csr: unknown) => {
    const from = door.now() - 1000
    const wish = { name: door.device, purpose: 'client' as const, from, until: from + 1000 + door.life }
    const { certificate } = await issue(devices, { ...wish, publicKey: await keyOfRequest(String(csr)) })
    return certificate + devices.certificate
  }

  const answer = async (url: URL, body: Record<string, unknown> | undefined): Promise<[number, object]> => {
    const { refusal: code, device, admission, roots: ca } = door
    switch (url.pathname) {
      case paths.time: {
        const signed = { now: door.now(), nonce: url.searchParams.get('nonce') ?? '' }
        const [key] = signing
        return [200, { ...signed, signature: key?.sign(signedText.time(signed)), keys: keys() }]
      }
      case paths.keys:
        return [200, keys()]
      case paths.enrolment:
        return [200, { device, admission }]
      case paths.enrol:
      case paths.renew: {
        if (code) return [403, { code, text: 'No' }]
        if (url.pathname === paths.enrol && body?.code !== door.code) {
          return [404, { code: 'claim-unknown', text: 'No' }]
        }
        const certificate = await certificateFor(body?.csr)
        const renewed = { certificate, ca, keys: keys() }
        return [
          200,
          url.pathname === paths.renew ? renewed : { ...renewed, device, admission, village: 'Бахта' },
        ]
      }
    }
    return [404, {}]
  }
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'https://door')
    const certificate = (request.socket as TLSSocket).getPeerX509Certificate()
    const mishap = mishaps.find(({ path }) => path === url.pathname)
    if (mishap) mishaps.splice(mishaps.indexOf(mishap), 1)
    if (mishap?.what === 'lose-question') return request.socket.destroy()
    const text = (await readBounded(request, 100_000)).toString('utf8')
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : undefined
    const [status, said] = await answer(url, body)
    if (certificate) shown.push(certificate.serialNumber)
    requests.push({ path: url.pathname, body })
    for (const watch of watchers) watch()
    await door.holds(url.pathname)
    if (mishap?.what === 'lose-answer') return request.socket.destroy()
    response.writeHead(status)
    if (mishap?.what === 'no-json') return response.end('<html>Welcome to the shop</html>')
    if (mishap?.what === 'unfit') return response.end(JSON.stringify({ ...said, ca: 'nothing' }))
    return response.end(JSON.stringify(said))
  }
  const https = createServer(
    {
      key: server.key,
      cert: server.certificate + devices.certificate,
      ca: root.certificate,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      handle(request, response).catch(() => request.socket.destroy())
    },
  )
  await once(https.listen(0, '127.0.0.1'), 'listening')
  const address = { host: '127.0.0.1', port: (https.address() as AddressInfo).port }
  return Object.assign(door, {
    pki,
    address,
    signing,
    requests,
    shown,
    mishaps,
    keys,
    /** Bodies that came to one path. */
    bodies: (path: string) => requests.filter((request) => request.path === path).map(({ body }) => body),
    /** Resolves when the condition holds after a request. */
    async until(condition: () => boolean): Promise<void> {
      if (condition()) return
      await new Promise<void>((resolve) => {
        const watch = () => {
          if (!condition()) return
          watchers.delete(watch)
          resolve()
        }
        watchers.add(watch)
      })
    },
    async close() {
      const closed = once(https, 'close')
      https.close()
      https.closeAllConnections()
      await closed
    },
  })
}
export type PretendDoor = Awaited<ReturnType<typeof openPretendDoor>>
