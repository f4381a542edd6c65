/** A new UUID version 7 (RFC 9562 5.7): the time in milliseconds, then the 74 random bits of one of version 4. */
export const uuidv7 = (now = Date.now()): string => {
  const time = Math.trunc(now).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`
}
