import { connect } from 'node:net'
import { numbersOf, type Reader } from './reader.ts'

/** Where a UPS is shown by Network UPS Tools. */
export interface UpsPlace {
  /** Its name there. */
  readonly name: string
  readonly host?: string
  readonly port?: number
}

/** More than two lines of an answer. */
const maxAnswer = 4096

/**
 * Asks an `upsd` for variables by its text protocol (NUT developer guide, "Network protocol information"): `GET VAR`,
 * then `LOGOUT`. Rejects when the connection fails, when the answer is too long, or with the signal's reason.
 */
const askUps = async (
  { name, host = '127.0.0.1', port = 3493 }: UpsPlace,
  variables: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> => {
  const socket = connect({ host, port })
  const abort = () => socket.destroy(new Error('The UPS was not heard in time'))
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    socket.write(`${variables.map((variable) => `GET VAR ${name} ${variable}\n`).join('')}LOGOUT\n`)
    let text = ''
    for await (const chunk of socket) {
      text += (chunk as Buffer).toString('latin1')
      if (text.length > maxAnswer) throw new Error('The UPS says too much')
    }
    return new Map(
      text.split('\n').flatMap((line) => {
        const [, of, variable, value] = /^VAR (\S+) (\S+) "([^"]*)"$/.exec(line.trim()) ?? []
        return of === name && variable !== undefined && value !== undefined ? [[variable, value]] : []
      }),
    )
  } finally {
    signal.removeEventListener('abort', abort)
    socket.destroy()
  }
}

/** The charge of a UPS, and whether the machine stands on the mains: `OL` against `OB` of `ups.status`. */
export const upsReader = (place: UpsPlace): Reader => ({
  name: 'ups',
  async read(signal) {
    const said = await askUps(place, ['battery.charge', 'ups.status'], signal)
    const words = said.get('ups.status')?.split(' ') ?? []
    const charge = Number.parseFloat(said.get('battery.charge') ?? '') / 100
    return numbersOf({
      ups_battery: charge >= 0 && charge <= 1 ? charge : undefined,
      ups_on_mains: words.includes('OL') ? 1 : words.includes('OB') ? 0 : undefined,
    })
  },
})
