/** Delimiter tags of attribute groups (RFC 8010 3.5.1; from `document` on PWG 5100.5, 5100.22). */
export const groupTags = {
  operation: 0x01,
  job: 0x02,
  printer: 0x04,
  unsupported: 0x05,
  subscription: 0x06,
  'event-notification': 0x07,
  resource: 0x08,
  document: 0x09,
  system: 0x0a,
} as const

/** `end-of-attributes-tag`: the document follows. */
export const endOfAttributes = 0x03

export type GroupTag = keyof typeof groupTags

/** Out-of-band values (RFC 8010 3.5.2, RFC 3380): they say why there is no value. */
export const outOfBandTags = {
  unsupported: 0x10,
  default: 0x11,
  unknown: 0x12,
  'no-value': 0x13,
  'not-settable': 0x15,
  'delete-attribute': 0x16,
  'admin-define': 0x17,
} as const

export type OutOfBandTag = keyof typeof outOfBandTags

/** Values that are text on the wire. */
export const stringTags = {
  textWithoutLanguage: 0x41,
  nameWithoutLanguage: 0x42,
  keyword: 0x44,
  uri: 0x45,
  uriScheme: 0x46,
  charset: 0x47,
  naturalLanguage: 0x48,
  mimeMediaType: 0x49,
} as const

export type StringTag = keyof typeof stringTags

/** The other values, each with a form of its own. */
export const valueTags = {
  integer: 0x21,
  boolean: 0x22,
  enum: 0x23,
  octetString: 0x30,
  dateTime: 0x31,
  resolution: 0x32,
  rangeOfInteger: 0x33,
  collection: 0x34,
  textWithLanguage: 0x35,
  nameWithLanguage: 0x36,
} as const

/** Tags that only build collections (RFC 8010 3.1.6). */
export const collectionTags = { begin: 0x34, end: 0x37, memberName: 0x4a } as const

/** Names by number, for reading. */
export const byNumber = <T extends string>(table: Readonly<Record<T, number>>): ReadonlyMap<number, T> =>
  new Map(Object.entries<number>(table).map(([name, tag]) => [tag, name as T]))
