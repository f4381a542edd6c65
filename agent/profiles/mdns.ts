import { spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import { plainText } from './text.ts'

/** A scanner or printer that announces itself on the local network (DNS-SD, RFC 6763). */
export interface Announcement {
  readonly service: 'escl' | 'ipp'
  readonly host: string
  readonly port: number
  /** Its `ty`: make and model. */
  readonly type: string
  /** Its `rs` or `rp`: where on the device. */
  readonly path: string
}

const browser = '/usr/bin/avahi-browse'
const limitMs = 4000
const mostBytes = 128 * 1024
const mostAnnouncements = 32
const services = { '_uscan._tcp': 'escl', '_ipp._tcp': 'ipp' } as const

const read = (type: string): Promise<string> =>
  new Promise((resolve) => {
    const child = spawn(browser, ['--resolve', '--parsable', '--terminate', '--no-db-lookup', type], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    })
    const pieces: Buffer[] = []
    let bytes = 0
    child.stdout.on('data', (piece: Buffer) => {
      bytes += piece.length
      if (bytes > mostBytes) child.kill('SIGKILL')
      else pieces.push(piece)
    })
    child.once('error', () => resolve(''))
    child.once('close', () => resolve(Buffer.concat(pieces).toString('utf8')))
  })

/** What avahi-browse prints with `--parsable`: `=;interface;protocol;name;type;domain;host;address;port;texts`. */
export const parseAnnouncements = (text: string, service: Announcement['service']): Announcement[] => {
  const found = new Map<string, Announcement>()
  for (const line of text.slice(0, mostBytes).split('\n')) {
    const [sign, , , , , , , address = '', port = '', ...rest] = line.split(';')
    if (sign !== '=' || !/^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(address) || !/^[0-9]{1,5}$/.test(port)) continue
    const texts = new Map(
      [...rest.join(';').matchAll(/"([a-zA-Z]{1,12})=([^"]{0,200})"/g)].map(([, key = '', value = '']) => [
        key.toLowerCase(),
        plainText(value),
      ]),
    )
    const path = texts.get(service === 'escl' ? 'rs' : 'rp') ?? ''
    const announcement = { service, host: address, port: Number(port), type: texts.get('ty') ?? '', path }
    found.set(`${address}:${port}`, announcement)
    if (found.size === mostAnnouncements) break
  }
  return [...found.values()]
}

/** What announces itself; nothing where avahi is not installed or not running. */
export const browse = async (): Promise<readonly Announcement[]> => {
  if (
    !(await access(browser).then(
      () => true,
      () => false,
    ))
  )
    return []
  const found = await Promise.all(
    Object.entries(services).map(async ([type, service]) => parseAnnouncements(await read(type), service)),
  )
  return found.flat()
}
