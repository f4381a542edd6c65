/** `DateAndTime` of RFC 2579, which IPP's `dateTime` is (RFC 8011 5.1.15); `null` when it is no date. */
export const decodeDateTime = (bytes: Buffer): Date | null => {
  const year = bytes.readUInt16BE(0)
  const [month, day, hour, minute, second, tenths] = [2, 3, 4, 5, 6, 7].map((at) => bytes.readUInt8(at)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const sign = String.fromCharCode(bytes.readUInt8(8))
  const zoneHours = bytes.readUInt8(9)
  const zoneMinutes = bytes.readUInt8(10)
  const possible =
    year >= 100 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 31 &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 60 &&
    tenths <= 9 &&
    (sign === '+' || sign === '-') &&
    zoneHours <= 14 &&
    zoneMinutes <= 59
  if (!possible) return null
  const zone = (sign === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes)
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second, tenths * 100))
  if (local.getUTCDate() !== day && second !== 60) return null
  return new Date(local.getTime() - zone * 60_000)
}

/** Eleven bytes in universal time; zeros for `null`. Keeps tenths of a second. */
export const encodeDateTime = (date: Date | null): Buffer => {
  const bytes = Buffer.alloc(11)
  if (date === null) return bytes
  bytes.writeUInt16BE(date.getUTCFullYear(), 0)
  bytes.writeUInt8(date.getUTCMonth() + 1, 2)
  bytes.writeUInt8(date.getUTCDate(), 3)
  bytes.writeUInt8(date.getUTCHours(), 4)
  bytes.writeUInt8(date.getUTCMinutes(), 5)
  bytes.writeUInt8(date.getUTCSeconds(), 6)
  bytes.writeUInt8(Math.floor(date.getUTCMilliseconds() / 100), 7)
  bytes.write('+', 8, 'latin1')
  return bytes
}
