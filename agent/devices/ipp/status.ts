/** Operations (RFC 8011 5.4.15) that this client asks for. */
export const operations = {
  'Print-Job': 0x0002,
  'Validate-Job': 0x0004,
  'Create-Job': 0x0005,
  'Send-Document': 0x0006,
  'Cancel-Job': 0x0008,
  'Get-Job-Attributes': 0x0009,
  'Get-Printer-Attributes': 0x000b,
  'Resume-Printer': 0x0011,
} as const

export type OperationName = keyof typeof operations

/** Status codes above the successful ones (RFC 8011 appendix B). */
const statuses: Readonly<Record<number, string>> = {
  1024: 'client-error-bad-request',
  1025: 'client-error-forbidden',
  1026: 'client-error-not-authenticated',
  1027: 'client-error-not-authorized',
  1028: 'client-error-not-possible',
  1029: 'client-error-timeout',
  1030: 'client-error-not-found',
  1031: 'client-error-gone',
  1032: 'client-error-request-entity-too-large',
  1033: 'client-error-request-value-too-long',
  1034: 'client-error-document-format-not-supported',
  1035: 'client-error-attributes-or-values-not-supported',
  1036: 'client-error-uri-scheme-not-supported',
  1037: 'client-error-charset-not-supported',
  1038: 'client-error-conflicting-attributes',
  1039: 'client-error-compression-not-supported',
  1040: 'client-error-compression-error',
  1041: 'client-error-document-format-error',
  1042: 'client-error-document-access-error',
  1280: 'server-error-internal-error',
  1281: 'server-error-operation-not-supported',
  1282: 'server-error-service-unavailable',
  1283: 'server-error-version-not-supported',
  1284: 'server-error-device-error',
  1285: 'server-error-temporary-error',
  1286: 'server-error-not-accepting-jobs',
  1287: 'server-error-busy',
  1288: 'server-error-job-canceled',
  1289: 'server-error-multiple-document-jobs-not-supported',
  1290: 'server-error-printer-is-deactivated',
}

/** Whether a status-code says that the operation was done (RFC 8011 B.1.2). */
export const isSuccessful = (code: number): boolean => code <= 0x00ff

/** The keyword of a status-code; its number in hexadecimal when it is none of the standard's. */
export const statusName = (code: number): string =>
  statuses[code] ?? `0x${code.toString(16).padStart(4, '0')}`
