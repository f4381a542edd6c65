import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createAgent, createMib, MaxAccess, MibProviderType, ObjectType } from 'net-snmp'

/** A column of a table: its number, its type and its values, row after row. */
export type SnmpColumn = readonly [
  number: number,
  type: ObjectType,
  values: readonly (number | string | Buffer)[],
]

/** Columns of whole numbers, of counts and of texts. */
export const whole = (number: number, values: SnmpColumn[2]): SnmpColumn => [
  number,
  ObjectType.Integer,
  values,
]
export const counter = (number: number, values: SnmpColumn[2]): SnmpColumn => [
  number,
  ObjectType.Counter,
  values,
]
export const octets = (number: number, values: SnmpColumn[2]): SnmpColumn => [
  number,
  ObjectType.OctetString,
  values,
]

/** Its tables by the identifiers of their entries; the rows are numbered 1.1, 1.2 and so on. */
export type SnmpTables = Readonly<Record<string, readonly SnmpColumn[]>>

/** An SNMP agent on a free port of this machine. */
export interface SnmpAgent {
  readonly port: number
  /** Requests that came, by their version. */
  readonly asked: { readonly '1': number; readonly '2c': number }
  stop(): Promise<void>
}

/** A UDP socket on a free port of this machine. */
const bound = async (): Promise<Socket> => {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

const closed = async (socket: Socket): Promise<void> => {
  socket.close()
  await once(socket, 'close')
}

/** Serves these tables with net-snmp's own agent; `versions` are those to which it answers. */
export const serveSnmp = async (
  tables: SnmpTables,
  {
    community = 'public',
    versions = ['1', '2c'],
  }: { readonly community?: string; readonly versions?: readonly ('1' | '2c')[] } = {},
): Promise<SnmpAgent> => {
  const socket = await bound()
  const asked = { '1': 0, '2c': 0 }
  const dgramModule = {
    createSocket: () => ({
      bind: () => {},
      on: (event: string, listener: (bytes: Buffer, from: RemoteInfo) => void) =>
        event === 'message' &&
        socket.on('message', (bytes, from) => {
          // INTEGER version is the first member of every message (RFC 1157 4): 0 is v1, 1 is v2c.
          const version = bytes[bytes.indexOf(Buffer.from([2, 1])) + 2] === 0 ? '1' : '2c'
          asked[version] += 1
          if (versions.includes(version)) listener(bytes, from)
        }),
      send: socket.send.bind(socket),
    }),
  }
  const agent = createAgent({ port: 1, dgramModule, accessControlModelType: 1 }, () => {}, createMib())
  agent.getAuthorizer().addCommunity(community)
  for (const [number, [entry, columns]] of Object.entries(tables).entries()) {
    const name = `table${number}`
    agent.getMib().registerProvider({
      name,
      type: MibProviderType.Table,
      oid: entry,
      maxAccess: MaxAccess['not-accessible'],
      tableColumns: [
        { number: 254, name: 'device', type: ObjectType.Integer, maxAccess: MaxAccess['not-accessible'] },
        { number: 255, name: 'index', type: ObjectType.Integer, maxAccess: MaxAccess['not-accessible'] },
        ...columns.map(([column, type]) => ({
          number: column,
          name: `column${column}`,
          type,
          maxAccess: MaxAccess['read-only'],
        })),
      ],
      tableIndex: [{ columnName: 'device' }, { columnName: 'index' }],
    })
    const rows = Math.max(...columns.map(([, , values]) => values.length))
    for (let row = 0; row < rows; row++) {
      agent.getMib().addTableRow(name, [1, row + 1, ...columns.map(([, , values]) => values[row])])
    }
  }
  return { port: socket.address().port, asked, stop: () => closed(socket) }
}

/** Answers each datagram by these, whatever they are. */
export const serveDatagrams = async (answer: (bytes: Buffer) => readonly Buffer[]): Promise<SnmpAgent> => {
  const socket = await bound()
  const asked = { '1': 0, '2c': 0 }
  socket.on('message', (bytes, from) => {
    asked['2c'] += 1
    for (const reply of answer(bytes)) socket.send(reply, from.port, from.address)
  })
  return { port: socket.address().port, asked, stop: () => closed(socket) }
}
