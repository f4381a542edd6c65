import { join } from 'node:path'
import { numbersOf, procText, type Reader } from './reader.ts'

interface Counted {
  readonly received: number
  readonly sent: number
}

/** The interface of the default route: destination 0 with the lowest metric (`net/route`, proc(5)). */
const wayOut = (route: string): string | undefined =>
  route
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1] === '00000000' && fields[7] === '00000000')
    .toSorted((one, other) => Number(one[6]) - Number(other[6]))[0]?.[0]

/** Bytes that came and went by one interface, or by all but the loopback where none is the way out (`net/dev`). */
const countedOf = (dev: string, name: string | undefined): Counted | undefined => {
  const rows = dev.split('\n').flatMap((line) => {
    const [, found, rest] = /^\s*([^\s:]+):\s*(.+)$/.exec(line) ?? []
    const numbers = (rest ?? '').trim().split(/\s+/).map(Number)
    return found && numbers.length >= 9
      ? [{ name: found, received: numbers[0] ?? 0, sent: numbers[8] ?? 0 }]
      : []
  })
  const chosen = rows.filter((row) => (name === undefined ? row.name !== 'lo' : row.name === name))
  if (chosen.length === 0) return undefined
  const sum = (key: keyof Counted) => chosen.reduce((total, row) => total + row[key], 0)
  return { received: sum('received'), sent: sum('sent') }
}

/** Segments that TCP sent, and sent again because nobody acknowledged them (`net/snmp`, RFC 4022). */
const segmentsOf = (snmp: string): { readonly out: number; readonly again: number } | undefined => {
  const [names, numbers] = snmp
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(/\s+/))
  const of = (name: string) => Number(numbers?.[names?.indexOf(name) ?? -1])
  const found = { out: of('OutSegs'), again: of('RetransSegs') }
  return Number.isNaN(found.out + found.again) ? undefined : found
}

/** The level of a wireless interface in dBm: the fourth field (`net/wireless`). */
const signalOf = (wireless: string, name: string | undefined): number | undefined => {
  const lines = wireless.split('\n').flatMap((line) => {
    const [, found, rest] = /^\s*([^\s:|]+):\s*(.+)$/.exec(line) ?? []
    return found ? [{ name: found, level: Number.parseFloat((rest ?? '').trim().split(/\s+/)[2] ?? '') }] : []
  })
  return (lines.find((line) => line.name === name) ?? lines[0])?.level
}

/** A share of fewer segments than this says nothing. */
const enoughSegments = 50

/**
 * What the way out carries, how much of it was lost, and how well it is heard. The loss is the share of segments that
 * TCP had to send again: it costs the line nothing to know.
 */
export const networkReader = (proc: string, monotonic: () => number = () => performance.now()): Reader => {
  let before: { readonly counted: Counted | undefined; readonly at: number } | undefined
  let judged: ReturnType<typeof segmentsOf>
  let loss: number | undefined

  const rates = (counted: Counted | undefined) => {
    const last = before
    const at = monotonic()
    before = { counted, at }
    const seconds = (at - (last?.at ?? at)) / 1000
    if (!counted || !last?.counted || seconds <= 0) return {}
    const received = counted.received - last.counted.received
    const sent = counted.sent - last.counted.sent
    // An interface that was taken down counts from nothing again.
    if (received < 0 || sent < 0) return {}
    return { network_received: received / seconds, network_sent: sent / seconds }
  }
  const lossOf = (segments: ReturnType<typeof segmentsOf>): number | undefined => {
    const out = (segments?.out ?? 0) - (judged?.out ?? 0)
    const again = (segments?.again ?? 0) - (judged?.again ?? 0)
    if (judged && segments && out >= 0 && out + again < enoughSegments) return loss
    loss = judged && segments && out > 0 && again >= 0 ? Math.min(1, again / (out + again)) : undefined
    judged = segments
    return loss
  }
  return {
    name: 'network',
    async read() {
      const [route = '', dev = '', snmp = '', wireless = ''] = ['route', 'dev', 'snmp', 'wireless'].map(
        (name) => procText(join(proc, 'net', name)),
      )
      const name = wayOut(route)
      return numbersOf({
        ...rates(countedOf(dev, name)),
        network_loss: lossOf(segmentsOf(snmp)),
        network_signal: signalOf(wireless, name),
      })
    },
  }
}
