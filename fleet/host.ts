import { BlockList, isIP } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Whether only this machine itself reaches a host: an address of loopback, or a name of it (RFC 6761 6.3). */
export const isLoopback = (host: string): boolean => {
  const version = isIP(host)
  if (version === 0) return /(^|\.)localhost\.?$/i.test(host)
  return loopback.check(host, version === 6 ? 'ipv6' : 'ipv4')
}

/** A host with its port, as in a URL (RFC 3986 3.2.2). */
export const withPort = (host: string, port: number): string =>
  `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
