import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import type { Credentials } from '../fleet/identity/authority.ts'
import { openBareDoor } from './bare-door.ts'
import { obey } from './fleet-process.ts'

/** What the lone broker tells once it listens. */
export interface LoneBroker {
  readonly port: number
  /** Mutual TLS with the same certificates, and an echo behind it: the least that a terminal's return can cost. */
  readonly echoPort: number
  readonly members: readonly { readonly device: string; readonly credentials: Credentials }[]
}

/** Door and broker in a process of their own. */
export type LoneBrokerOrder =
  /** Opens them for terminals of these names and answers with `LoneBroker`. */
  | { readonly act: 'open'; readonly devices: readonly string[] }
  /** Answers when nobody is connected, and all is done that the end of a connection asks for. */
  | { readonly act: 'empty' }

let inside = 0
const left = new EventEmitter()
const enter = () => {
  inside += 1
}
const leave = () => {
  inside -= 1
  left.emit('one')
}

obey<LoneBrokerOrder>({
  async open({ devices }): Promise<LoneBroker> {
    const door = await openBareDoor({
      message: async () => undefined,
      connected: enter,
      disconnected: leave,
    })
    const { server, issuers, ca } = door.authority
    const echo = createServer(
      { key: server.key, cert: server.certificate, ca: [...issuers, ca], requestCert: true },
      (socket) => {
        enter()
        socket
          .once('close', leave)
          .pipe(socket)
          .on('error', () => undefined)
      },
    )
    await once(echo.listen(0, '127.0.0.1'), 'listening')
    const members: LoneBroker['members'][number][] = []
    for (const device of devices)
      members.push({ device, credentials: await door.authority.issueTerminal(device) })
    return { port: door.port, echoPort: (echo.address() as AddressInfo).port, members }
  },
  async empty() {
    while (inside > 0) await once(left, 'one')
  },
})
