import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Credentials } from '../../../agent/link/credentials.ts'
import {
  chainToRoot,
  type Distrust,
  dialFleet,
  readCertificates,
  UntrustedFleet,
} from '../../../agent/link/trust.ts'
import { type Holder, issue, keyOfCertificate, makePki } from '../../support/pki.ts'

const year = 365 * 86_400_000

/** A server that shows this and keeps what reaches it. */
const listening = async (
  { key, certificate }: Holder,
  { port = 0, ...more }: TlsOptions & { port?: number } = {},
) => {
  const reached: Buffer[] = []
  const server = createServer({ key, cert: certificate, ALPNProtocols: ['mqtt'], ...more }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', (piece) => reached.push(piece))
  })
  server.on('tlsClientError', () => {})
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    reached,
    close: () => new Promise((closed) => server.close(closed)),
  }
}

/** Dials this server once; gives why it was distrusted, or `trusted`. */
const meet = async (
  shown: Holder,
  roots: string,
  options: { readonly now?: number; readonly serverName?: string; readonly unjudged?: true } = {},
): Promise<Distrust | 'trusted' | 'doubted and not trusted'> => {
  const server = await listening(shown)
  const { serverName, unjudged, now = Date.now() } = options
  let doubted = false
  const credentials: Credentials = {
    address: { host: '127.0.0.1', port: server.port, ...(serverName ? { serverName } : {}) },
    ca: roots,
  }
  const judge = {
    now: () => now,
    doubt: () => {
      doubted = true
    },
  }
  try {
    const socket = await dialFleet(credentials, { protocol: 'mqtt', ...(unjudged ? {} : { judge }) })
    socket.destroy()
    return 'trusted'
  } catch (thrown) {
    if (!(thrown instanceof UntrustedFleet)) throw thrown
    assert.is(doubted, thrown.distrust === 'dates')
    return thrown.distrust
  } finally {
    assert.is(server.reached.length, 0, 'nothing was said to it')
    await server.close()
  }
}

const chained = (leaf: Holder, ...issuers: readonly Holder[]): Holder => ({
  key: leaf.key,
  certificate: [leaf, ...issuers].map(({ certificate }) => certificate).join(''),
})

const pki = await makePki()
const roots = pki.root.certificate

const aServer = suite('a server that says it is the fleet')

aServer('is trusted with a chain to a pinned root, by address and by name', async () => {
  assert.is(await meet(chained(pki.server, pki.devices), roots), 'trusted')
  assert.is(await meet(chained(pki.server, pki.devices), roots, { serverName: 'localhost' }), 'trusted')
})

aServer('is trusted by any of several roots, as at a change of roots', async () => {
  const next = await makePki()
  const both = next.root.certificate + roots
  assert.is(await meet(chained(pki.server, pki.devices), both), 'trusted')
  assert.is(await meet(chained(next.server, next.devices), both), 'trusted')
})

aServer('is trusted over an authority that two roots vouch for, whichever comes first', async () => {
  const next = await makePki()
  const publicKey = keyOfCertificate(pki.devices.certificate)
  const crossed = await issue(next.root, { name: 'Test devices', authority: true, publicKey })
  const [leaf, one, other] = readCertificates(chained(pki.server, crossed, pki.devices).certificate)
  if (!leaf || !one || !other) throw new Error('Three certificates were made')
  assert.equal(chainToRoot(leaf, [one, other], readCertificates(roots))?.[1], other)
  assert.equal(chainToRoot(leaf, [other, one], readCertificates(next.root.certificate))?.[1], one)
  assert.is(chainToRoot(leaf, [one], readCertificates(roots)), undefined)
})

aServer('is not trusted under another name', async () => {
  assert.is(await meet(chained(pki.server, pki.devices), roots, { serverName: 'fleet.example' }), 'name')
  const elsewhere = await issue(pki.devices, { name: 'fleet.example', purpose: 'server' })
  assert.is(await meet(chained(elsewhere, pki.devices), roots), 'name')
})

aServer('is not trusted when its authority is another one, or none', async () => {
  const other = await makePki()
  assert.is(await meet(chained(other.server, other.devices), roots), 'chain')
  assert.is(await meet(chained(other.server, other.devices, other.root), roots), 'chain')
  assert.is(await meet(await issue(undefined, { purpose: 'server' }), roots), 'chain')
})

aServer('is not trusted when an authority between is missing', async () => {
  assert.is(await meet(pki.server, roots), 'chain')
})

aServer('is not trusted when it is a terminal', async () => {
  const terminal = await issue(pki.devices, { purpose: 'client' })
  assert.is(await meet(chained(terminal, pki.devices), roots), 'chain')
  const aimless = await issue(pki.devices, {})
  assert.is(await meet(chained(aimless, pki.devices), roots), 'purpose')
})

aServer('is not trusted when a terminal made its certificate', async () => {
  const terminal = await issue(pki.devices, { purpose: 'client' })
  const made = await issue(terminal, { purpose: 'server' })
  assert.is(await meet(chained(made, terminal, pki.devices), roots), 'chain')
})

aServer("is judged by the fleet's clock, whatever the machine's says", async () => {
  const now = Date.now() + 20 * year
  const later = await makePki({ from: now - 1000, until: now + year })
  const shown = chained(later.server, later.devices)
  const ca = later.root.certificate
  assert.is(await meet(shown, ca, { now }), 'trusted')
  assert.is(await meet(shown, ca), 'dates')
  assert.is(await meet(shown, ca, { now: now + 2 * year }), 'dates')
  assert.is(await meet(chained(pki.server, pki.devices), roots, { now }), 'dates')
})

aServer('is judged by name, purpose and chain also while no dates are', async () => {
  const past = await makePki({ from: Date.now() - 2 * year, until: Date.now() - year })
  const ca = past.root.certificate
  assert.is(await meet(chained(past.server, past.devices), ca, { unjudged: true }), 'trusted')
  assert.is(await meet(past.server, ca, { unjudged: true }), 'chain')
  const named = { unjudged: true, serverName: 'fleet.example' } as const
  assert.is(await meet(chained(past.server, past.devices), ca, named), 'name')
  const old = { from: Date.now() - 2 * year, until: Date.now() - year }
  const terminal = await issue(past.devices, { purpose: 'client', ...old })
  assert.is(await meet(chained(terminal, past.devices), ca, { unjudged: true }), 'purpose')
  const self = await issue(undefined, { purpose: 'server', ...old })
  assert.is(await meet(self, ca, { unjudged: true }), 'chain')
})

aServer('that closes at once, or is not there, is a fault of the line', async () => {
  const server = await listening(pki.server)
  await server.close()
  const credentials = { address: { host: '127.0.0.1', port: server.port }, ca: roots }
  const thrown = await dialFleet(credentials, { protocol: 'mqtt' }).catch((error: unknown) => error)
  assert.instance(thrown, Error)
  assert.not.instance(thrown, UntrustedFleet)
})

aServer('is no longer dialled when the caller gives up', async () => {
  const server = await listening(chained(pki.server, pki.devices))
  const credentials = { address: { host: '127.0.0.1', port: server.port }, ca: roots }
  const gone = new AbortController()
  const dialled = dialFleet(credentials, { protocol: 'mqtt', signal: gone.signal }).catch((error) => error)
  gone.abort(new Error('enough'))
  assert.is((await dialled).message, 'enough')
  await server.close()
})

aServer('shows no more certificates than are worth looking at', () => {
  assert.is(readCertificates(roots.repeat(50)).length, 6)
  assert.equal(readCertificates('no certificate'), [])
})

aServer.run()

/** Comes to this server, waits for a session, and goes; gives whether it went on with an earlier one. */
const visit = async (credentials: Credentials, now = Date.now()): Promise<boolean> => {
  const judge = { now: () => now, doubt: () => {} }
  const socket = await dialFleet(credentials, { protocol: 'mqtt', judge })
  const resumed = socket.isSessionReused()
  if (!resumed) await once(socket, 'session')
  const closed = once(socket, 'close')
  socket.destroy()
  await closed
  return resumed
}

const shown = chained(pki.server, pki.devices)
const ticketKeys = Buffer.alloc(48, 3)

/** Credentials that hold a session with a fleet that has gone since, and where that was. */
const afterAVisit = async () => {
  const gone = await listening(shown, { ticketKeys })
  const { port } = gone
  const credentials = { address: { host: '127.0.0.1', port }, ca: roots }
  assert.is(await visit(credentials), false)
  await gone.close()
  return { credentials, port }
}

const aSession = suite('a session with the fleet')

aSession('is gone on with, also when the fleet began anew meanwhile', async () => {
  const { credentials, port } = await afterAVisit()
  await dialFleet(credentials, { protocol: 'mqtt' }).catch(() => {})
  const after = await listening(shown, { port, ticketKeys })
  assert.equal([await visit(credentials), await visit(credentials)], [true, true])
  await after.close()
})

aSession('belongs to one set of credentials', async () => {
  const server = await listening(shown, { ticketKeys })
  const credentials = { address: { host: '127.0.0.1', port: server.port }, ca: roots }
  assert.is(await visit(credentials), false)
  assert.is(await visit({ ...credentials }), false)
  const thrown = await visit({ ...credentials, ca: (await makePki()).root.certificate }).catch(
    (error) => error,
  )
  assert.is(thrown.distrust, 'chain')
  await server.close()
})

aSession('that the fleet does not know any more begins anew', async () => {
  const { credentials, port } = await afterAVisit()
  const after = await listening(shown, { port })
  assert.equal([await visit(credentials), await visit(credentials)], [false, true])
  await after.close()
})

aSession('is no way in for a server that cannot prove itself', async () => {
  const { credentials, port } = await afterAVisit()
  const other = await makePki()
  const impostor = await listening(chained(other.server, other.devices), { port })
  assert.is((await visit(credentials).catch((error) => error)).distrust, 'chain')
  await impostor.close()
})

aSession('is not offered once a certificate of the fleet has ended', async () => {
  const server = await listening(shown, { ticketKeys })
  const credentials = { address: { host: '127.0.0.1', port: server.port }, ca: roots }
  await visit(credentials)
  const thrown = await visit(credentials, Date.now() + 20 * year).catch((error) => error)
  assert.is(thrown.distrust, 'dates')
  await server.close()
})

aSession('with which a handshake failed does not stand in the way of the next try', async () => {
  const { credentials, port } = await afterAVisit()
  const hangsUp = createTcpServer((socket) => void socket.once('data', () => socket.destroy()))
  await once(hangsUp.listen(port, '127.0.0.1'), 'listening')
  assert.instance(await visit(credentials).catch((error) => error), Error)
  await new Promise((closed) => hangsUp.close(closed))
  const after = await listening(shown, { port, ticketKeys })
  assert.is(await visit(credentials), false)
  await after.close()
})

aSession.run()
