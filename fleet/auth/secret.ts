import { hash, randomBytes } from 'node:crypto'

/** A new secret of 256 bits, as text that fits into a header or a cookie. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** What is kept of a secret. A secret of 256 random bits needs no slow hash. */
export const hashOf = (secret: string): string => hash('sha256', secret)
