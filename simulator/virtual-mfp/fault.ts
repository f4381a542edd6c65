/** What goes wrong with a virtual MFP until it is changed; each was met on devices in the field. */
export type MfpFault =
  /** NextDocument is answered 404 this many times although the page will come; the status may deny the job meanwhile. */
  | { readonly kind: 'early-404'; readonly times: number; readonly status?: 'idle' }
  /** NextDocument is answered 200 with an error page this many times; the status may deny the job meanwhile. */
  | { readonly kind: 'error-body-200'; readonly times: number; readonly status?: 'idle' }
  /** JPEG is declared as PNG and the other way round. */
  | { readonly kind: 'wrong-mime' }
  /** New jobs, or pages, are answered 503 this many times. */
  | {
      readonly kind: 'busy-503'
      readonly times: number
      readonly at?: 'job' | 'document'
      readonly retryAfterSeconds?: number
    }
  /** The request is read and never answered; with `body` the page stops in its middle. */
  | { readonly kind: 'dead-socket'; readonly at: 'capabilities' | 'status' | 'job' | 'document' | 'body' }
  /** The page ends in its middle: the connection breaks, or the message is whole and the picture is not. */
  | { readonly kind: 'truncated-body'; readonly how: 'content-length' | 'chunked' | 'picture' }
  /** The page is followed by zeros without end. */
  | { readonly kind: 'endless-body' }
  /** The feeder jams within the page after this one. */
  | { readonly kind: 'jam'; readonly afterPage: number }
  | { readonly kind: 'cover-open' }
  | { readonly kind: 'adf-empty' }
  /** Falls dumb when its first connection is not the only one, or when a connection is used twice. */
  | { readonly kind: 'connection'; readonly needs: 'one' | 'new' }
  /** Takes jobs that are finer or wider than it can do and ends them without a page; `width` in 1/300 inch. */
  | {
      readonly kind: 'breaks-beyond'
      readonly source?: 'Platen' | 'Feeder'
      readonly dpi?: number
      readonly width?: number
    }
  /** Takes jobs and waits for somebody to press a key. */
  | { readonly kind: 'panel-press' }
  /** Takes no job any more once a page was broken off. */
  | { readonly kind: 'hangs-after-cancel' }
  /** How the Location of a new job is written. */
  | { readonly kind: 'location'; readonly form: 'other-host' | 'relative' | 'missing' }

/** Words that may be left out. */
const optional = new Set([
  'at of busy-503',
  'status of early-404',
  'status of error-body-200',
  'source of breaks-beyond',
])
const counted = new Set(['early-404', 'error-body-200', 'busy-503'])

const choices: Record<MfpFault['kind'], Readonly<Record<string, readonly string[]>>> = {
  'early-404': { status: ['idle'] },
  'error-body-200': { status: ['idle'] },
  'wrong-mime': {},
  'busy-503': { at: ['job', 'document'] },
  'dead-socket': { at: ['capabilities', 'status', 'job', 'document', 'body'] },
  'truncated-body': { how: ['content-length', 'chunked', 'picture'] },
  'endless-body': {},
  jam: {},
  'cover-open': {},
  'adf-empty': {},
  connection: { needs: ['one', 'new'] },
  'breaks-beyond': { source: ['Platen', 'Feeder'] },
  'panel-press': {},
  'hangs-after-cancel': {},
  location: { form: ['other-host', 'relative', 'missing'] },
}

/** Reads a fault from JSON; throws `TypeError` with what is wrong. */
export const parseFault = (value: unknown): MfpFault => {
  const fault = value as Record<string, unknown> | null
  const kind = fault?.kind
  if (typeof kind !== 'string' || !Object.hasOwn(choices, kind)) {
    throw new TypeError(`kind is one of ${Object.keys(choices).join(', ')}`)
  }
  for (const [field, words] of Object.entries(choices[kind as MfpFault['kind']])) {
    const word = fault?.[field]
    if (word === undefined && optional.has(`${field} of ${kind}`)) continue
    if (!words.includes(word as string)) throw new TypeError(`${field} is one of ${words.join(', ')}`)
  }
  const number = counted.has(kind) ? 'times' : kind === 'jam' ? 'afterPage' : undefined
  if (number !== undefined && !(Number.isInteger(fault?.[number]) && Number(fault?.[number]) >= 0)) {
    throw new TypeError(`${number} is a whole number`)
  }
  return value as MfpFault
}
