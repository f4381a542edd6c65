import type { GroupTag, OutOfBandTag, StringTag } from './tags.ts'

/** One value with its syntax (RFC 8011 5.1). */
export type IppValue =
  | { readonly tag: StringTag; readonly value: string }
  | { readonly tag: 'integer' | 'enum'; readonly value: number }
  | { readonly tag: 'boolean'; readonly value: boolean }
  | { readonly tag: 'octetString'; readonly value: Uint8Array }
  /** `null` is a date that no calendar has, as printers without a clock send it. */
  | { readonly tag: 'dateTime'; readonly value: Date | null }
  | { readonly tag: 'resolution'; readonly value: IppResolution }
  | { readonly tag: 'rangeOfInteger'; readonly value: { readonly lower: number; readonly upper: number } }
  | {
      readonly tag: 'textWithLanguage' | 'nameWithLanguage'
      readonly value: { readonly language: string; readonly text: string }
    }
  | { readonly tag: 'collection'; readonly value: IppAttributes }
  /** A value that says why there is none. */
  | { readonly tag: OutOfBandTag; readonly value: null }
  /** A syntax of a later standard: kept as it came. */
  | { readonly tag: 'unrecognised'; readonly code: number; readonly value: Uint8Array }

export interface IppResolution {
  readonly x: number
  readonly y: number
  readonly unit: 'dpi' | 'dpcm'
}

/** Attributes by name; each has one value or more. */
export type IppAttributes = ReadonlyMap<string, readonly IppValue[]>

/** Attributes of one kind; a reply about many jobs has many groups of the tag `job`. */
export interface IppGroup {
  readonly tag: GroupTag
  readonly attributes: IppAttributes
}

/** A request or a response (RFC 8010 3.1); `code` is the operation-id or the status-code. */
export interface IppMessage {
  readonly version: readonly [major: number, minor: number]
  readonly code: number
  readonly requestId: number
  readonly groups: readonly IppGroup[]
}

/** What a message may cost before it is refused. */
export interface IppLimits {
  /** The whole message, in bytes. */
  readonly bytes: number
  /** Attributes and members of collections, together. */
  readonly attributes: number
  /** Values, together. */
  readonly values: number
  /** Collections within collections. */
  readonly depth: number
  readonly nameBytes: number
  readonly valueBytes: number
}

/** Fit for every printer known; ten times what a full description of a large one takes. */
export const usualLimits: IppLimits = {
  bytes: 1024 * 1024,
  attributes: 10_000,
  values: 20_000,
  depth: 8,
  nameBytes: 255,
  valueBytes: 8192,
}
