/*
 * INVARIANT: what a resident brought, who a resident is, and what opens a door of ours stand in no log line and in no
 * diagnostics bundle.
 */

const secretFields = [
  'input',
  'result',
  'payload',
  'body',
  'jpeg',
  'preview',
  'pixels',
  'rows',
  'password',
  'token',
  'authorization',
  'cookie',
  'key',
  'cert',
  'signature',
] as const

/** Paths that the log censors, for pino's `redact`: each field at the top and one level below. */
export const redactedPaths: readonly string[] = secretFields.flatMap((field) => [field, `*.${field}`])

export const censored = '[redacted]'

/** What is taken out of free text: patterns that look like a secret or like a person's data. */
const patterns: readonly RegExp[] = [
  /-----BEGIN [A-Z ]+-----[\s\S]*?(-----END [A-Z ]+-----|$)/g,
  /\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{6,}/gi,
  // User and password in an address (RFC 3986 3.2.1).
  /(?<=:\/\/)[^\s/@:]+(:[^\s/@]*)?(?=@)/g,
  // Mail addresses, in Cyrillic letters too.
  /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+/gu,
  // Telephone numbers as they are written in Russia.
  /(?<![\w.])(\+7|8)[\s-]?\(?\d{3}\)?[\s-]?\d{3}[\s-]?\d{2}[\s-]?\d{2}(?![\w.])/g,
  // SNILS (pension insurance), then series and number of a passport, then 16 digits of a card or a policy.
  /(?<!\w)\d{3}-\d{3}-\d{3}[\s-]\d{2}(?!\w)/g,
  /(?<![\w.:-])\d{2}\s?\d{2}\s\d{6}(?![\w.:-])/g,
  /(?<![\w.-])\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?![\w.-])/g,
]

/** `text` without what looks like a secret or a person's data. */
export const redactText = (text: string): string =>
  patterns.reduce((clean, pattern) => clean.replace(pattern, censored), text)
