import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import type { Credentials } from '../fleet/identity/authority.ts'
import { openBareDoor } from './bare-door.ts'

/** What the lone broker tells once it listens. */
export interface LoneBroker {
  readonly port: number
  /** Mutual TLS with the same certificates, and an echo behind it: the least that a terminal's return can cost. */
  readonly echoPort: number
  readonly members: readonly { readonly device: string; readonly credentials: Credentials }[]
}

// Door and broker in a process of their own. Takes the names of terminals, tells their credentials, ends with its parent.
process.once('message', async (devices: readonly string[]) => {
  const door = await openBareDoor(async () => undefined)
  const { server, issuers, ca } = door.authority
  const echo = createServer(
    { key: server.key, cert: server.certificate, ca: [...issuers, ca], requestCert: true },
    (socket) => socket.pipe(socket).on('error', () => undefined),
  )
  await once(echo.listen(0, '127.0.0.1'), 'listening')
  const members: LoneBroker['members'][number][] = []
  for (const device of devices)
    members.push({ device, credentials: await door.authority.issueTerminal(device) })
  const echoPort = (echo.address() as AddressInfo).port
  process.send?.({ port: door.port, echoPort, members } satisfies LoneBroker)
  process.once('disconnect', () => void door.close().then(() => process.exit()))
})
