import { type LookupAddress, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** Why a channel could not deliver, in short English without secrets or addresses of people. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError'
}

/**
 * Where clouds tell a machine its own secrets. Private addresses are allowed: whoever sets up channels may reach the
 * fleet's own net, but nobody reads a machine's credentials through it.
 */
const forbidden = new BlockList()
forbidden.addSubnet('169.254.0.0', 16, 'ipv4')
forbidden.addAddress('100.100.100.200', 'ipv4')
forbidden.addAddress('192.0.0.192', 'ipv4')
forbidden.addSubnet('fe80::', 10, 'ipv6')
forbidden.addAddress('fd00:ec2::254', 'ipv6')
forbidden.addAddress('fd20:ce::254', 'ipv6')

/** Whether nothing is ever sent to this IP address. */
export const isForbidden = (address: string): boolean =>
  forbidden.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

const refusal = () => new ChannelError('The address is one of those that are never reached')

/** Throws `ChannelError` for a host that is itself such an address; `[]` around IPv6 is as in URLs. */
export const refuseForbidden = (host: string): void => {
  const bare = host.replace(/^\[|\]$/g, '')
  if (isIP(bare) !== 0 && isForbidden(bare)) throw refusal()
}

/** As `dns.lookup`, for sockets: a name that leads to a forbidden address leads nowhere. */
export const carefulLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true, order: 'ipv4first' }, (error, found: LookupAddress[]) => {
    if (error) return done(error, '')
    const [first] = found
    if (!first || found.some(({ address }) => isForbidden(address))) return done(refusal(), '')
    return options.all ? done(null, found) : done(null, first.address, first.family)
  })
}

/** The address of a host. Rejects with `ChannelError`. */
export const addressOf = (host: string): Promise<string> =>
  new Promise((resolve, reject) => {
    carefulLookup(host, { all: false }, (error, address) => {
      if (error instanceof ChannelError) reject(error)
      else if (error) reject(new ChannelError('The name of the host is not known', { cause: error }))
      else resolve(String(address))
    })
  })
