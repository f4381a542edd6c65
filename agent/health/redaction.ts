/*
 * INVARIANT: what a resident brought, who a resident is, and what opens a door of ours stand in no log line and in no
 * diagnostics bundle.
 */

/** Names of fields that hold what a person is or is reached by. */
const personalFields = [
  'fullName',
  'firstName',
  'lastName',
  'middleName',
  'patronymic',
  'surname',
  'fio',
  'birthDate',
  'phone',
  'email',
  'passport',
  'snils',
  'inn',
  'address',
] as const

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
  'certificate',
  'signature',
  'secret',
  'community',
  'claim',
  'claimCode',
  ...personalFields,
] as const

/** Paths that the log censors, for pino's `redact`: each field at the top and one level below. */
export const redactedPaths: readonly string[] = secretFields.flatMap((field) => [field, `*.${field}`])

export const censored = '[redacted]'

/** Fields that free text may hold as JSON; the others of the list are plain words there. */
const told = secretFields.filter((name) => !['input', 'result', 'body', 'rows', 'key'].includes(name))
const names = [...told, 'csr', 'privateKey'].join('|')

/**
 * Members of a JSON text, and of one that is a string in another one, so that its quotes are escaped. Every pattern of
 * this file takes time that grows with the text alone: what repeats is bounded, or begins where nothing else can.
 */
const members: readonly (readonly [RegExp, string])[] = [
  [
    new RegExp(`("(?:${names})"\\s{0,4}:\\s{0,4})(?:"(?:[^"\\\\]|\\\\.)*"|-?[0-9.]+)`, 'gi'),
    `$1"${censored}"`,
  ],
  [
    new RegExp(
      `(\\\\{1,8}"(?:${names})\\\\{1,8}"\\s{0,4}:\\s{0,4})(\\\\{1,8}")(?:[^"\\\\]|\\\\{1,8}[^"\\\\])*`,
      'gi',
    ),
    `$1$2${censored}`,
  ],
]

/** What is taken out of free text: patterns that look like a secret or like a person's data. */
const patterns: readonly RegExp[] = [
  /-----BEGIN [A-Z ]+-----[\s\S]*?(-----END [A-Z ]+-----|$)/g,
  /\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{6,}/gi,
  // User and password in an address (RFC 3986 3.2.1).
  /(?<=:\/\/)[^\s/@:]+(:[^\s/@]*)?(?=@)/g,
  // Mail addresses, in Cyrillic letters too.
  /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(\.[\p{L}\p{N}-]{1,63})+/gu,
  // Telephone numbers as they are written in Russia.
  /(?<![\w.])(\+7|8)[\s-]?\(?\d{3}\)?[\s-]?\d{3}[\s-]?\d{2}[\s-]?\d{2}(?![\w.])/g,
  // SNILS (pension insurance), then series and number of a passport, then 16 digits of a card or a policy.
  /(?<!\w)\d{3}-\d{3}-\d{3}[\s-]\d{2}(?!\w)/g,
  /(?<![\w.:-])\d{2}\s?\d{2}\s\d{6}(?![\w.:-])/g,
  /(?<![\w.-])\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?![\w.-])/g,
  // Tokens of the fleet, JSON Web Tokens (RFC 7519), secrets in the query of an address.
  /\bavyl_[A-Za-z0-9_-]{8,}/g,
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
  /(?<=[?&](token|key|code|secret|password)=)[^&\s"\\]+/gi,
  // Keys and certificates in DER as base64: both are a SEQUENCE of a long form (X.690 8.1.3).
  /\bMI[A-Za-z0-9+/]{60,}={0,2}/g,
  // Claim codes, which hold letters and digits, in one piece or two.
  /(?<![\w-])(?=[A-Z-]*\d)(?=[\d-]*[A-Z])[0-9A-HJKMNP-TV-Z]{5}-?[0-9A-HJKMNP-TV-Z]{5}(?![\w-])/g,
]

/** A number of a JSON text that was taken out, but of none that is a string in another one. */
const bareMember = /(?<=[^\\]": ?)\[redacted\](?=[,}\s])/g

/** `text` without what looks like a secret or a person's data; a JSON text stays one. */
export const redactText = (text: string): string =>
  patterns
    .reduce(
      (clean, pattern) => clean.replace(pattern, censored),
      members.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), text),
    )
    .replace(bareMember, `"${censored}"`)
