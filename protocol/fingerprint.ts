/**
 * A public key as technician and operator read it to each other: twelve digits in three groups, drawn from the SHA-256
 * of its SubjectPublicKeyInfo (RFC 5280 4.1.2.7, DER). Throws `RangeError` when that is no SHA-256.
 */
export const keyFingerprint = (sha256: Uint8Array): string => {
  if (sha256.length !== 32) throw new RangeError('Not a SHA-256')
  // Of 64 bits, so that no digit is much likelier than another.
  const number = new DataView(sha256.buffer, sha256.byteOffset).getBigUint64(0) % 10n ** 12n
  return `${number}`.padStart(12, '0').replace(/\d{4}(?=\d)/g, '$& ')
}
