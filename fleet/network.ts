const groupsOf = (part: string): string[] => (part === '' ? [] : part.split(':'))

/**
 * By what an address is counted, as Node writes it. Whoever has one address of an IPv6 network has all of the last 64
 * bits (RFC 4291 2.5.1), so the network is counted, whichever of its groups of zeros an address leaves out.
 */
export const networkOf = (address: string): string => {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address
  const [before = '', after = ''] = address.split('::')
  const [left, right] = [groupsOf(before), groupsOf(after)]
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
