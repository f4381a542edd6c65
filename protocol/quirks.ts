import { type Static, type TProperties, Type } from 'typebox'

const common = {
  reason: Type.String({
    minLength: 10,
    maxLength: 300,
    description: 'What the device does, and what it breaks',
  }),
  source: Type.String({ minLength: 3, maxLength: 300, description: 'Where that is known from' }),
}

const Milliseconds = Type.Integer({ minimum: 1, maximum: 600_000 })

const quirk = <const N extends string, P extends TProperties>(name: N, description: string, parameters: P) =>
  Type.Object(
    { quirk: Type.Literal(name), ...common, ...parameters },
    { additionalProperties: false, description },
  )

/**
 * THE closed list of quirks: what single models do that others do not, and what a driver does about it. The name is
 * all that a profile can say; there is no code in profiles.
 */
export const quirks = {
  /** eSCL: the pause before a page is asked for again grows from `firstMs` to `mostMs`; no page is given up early. */
  nextDocumentDelay: quirk(
    'nextDocumentDelay',
    'Answers 404 to a page that is asked for too early: ask again, with pauses that grow from firstMs to mostMs',
    { firstMs: Milliseconds, mostMs: Milliseconds },
  ),
  /** eSCL: the first bytes of a page say what it is, whatever was asked for and whatever `Content-Type` says. */
  sniffFormat: quirk('sniffFormat', 'Sends pages of another format than it says: go by the first bytes', {}),
  /** eSCL: an answer 200 that holds no picture is no page; it is asked for again, `tries` times at most. */
  errorBodyWith200: quirk(
    'errorBodyWith200',
    'Sends an error page with HTTP status 200: ask for the page again, tries times at most',
    { tries: Type.Integer({ minimum: 1, maximum: 20 }) },
  ),
  /** eSCL and IPP: whether a connection is kept between two requests. */
  keepAlive: quirk('keepAlive', 'Needs its HTTP connection kept between two requests, or closed after each', {
    keep: Type.Boolean(),
  }),
  /** eSCL: how long a new job is asked for again while the device answers 503. */
  busyRetry: quirk('busyRetry', 'Says 503 while it wakes or ends a job: ask again for forMs', {
    forMs: Milliseconds,
  }),
  /** eSCL or SANE: these resolutions are neither described nor accepted on that way. */
  dpiExcluded: quirk('dpiExcluded', 'Fails at resolutions that it offers: they are not offered on that way', {
    way: Type.Enum(['escl', 'sane']),
    dpi: Type.Array(Type.Integer({ minimum: 1, maximum: 9600 }), { minItems: 1, maxItems: 20 }),
  }),
  /** eSCL and SANE: the feeder's resolutions end here, whatever the device says. */
  feederDpiMax: quirk('feederDpiMax', 'Its feeder cannot do what its glass can: no finer than dpi', {
    dpi: Type.Integer({ minimum: 75, maximum: 1200 }),
  }),
  /** eSCL and SANE: no area reaches further to the right, in millimetres. */
  widthMax: quirk('widthMax', 'Fails when the area is as wide as it says: no wider than millimetres', {
    millimetres: Type.Number({ minimum: 50, maximum: 500 }),
  }),
  /** Printer: described as without colour; raster is made grey and `print-color-mode` is `monochrome`. */
  greyOnly: quirk('greyOnly', 'Rejects colour raster: documents are drawn grey', {}),
  /** Scanner: refuses with `unsupported` and says why; nothing waits for a person who is not there. */
  panelPress: quirk(
    'panelPress',
    'Scans only when somebody presses a key at its panel: unfit for a terminal',
    {
      menu: Type.String({ maxLength: 100, description: 'The keys that have to be pressed' }),
    },
  ),
  /** Scanner: refuses with `unsupported` and says why, since no driver of ours speaks WSD. */
  wsdOnly: quirk('wsdOnly', 'Scans by WSD only, which the agent does not speak', {}),
  /** SANE's airscan backend: its configuration turns WS-Discovery off. */
  noWsd: quirk('noWsd', 'Offers WSD beside eSCL and does it badly: never look for it', {}),
  /** eSCL and SANE: a cancelled scan runs to the end of its page, which is thrown away; then the job is ended. */
  hangsAfterCancel: quirk('hangsAfterCancel', 'Hangs when a page is cancelled: let the page run out first', {
    /** How long the page may take to run out. */
    forMs: Milliseconds,
  }),
  /** IPP: `requesting-user-name` loses everything up to its last backslash. */
  userNameWithoutBackslash: quirk(
    'userNameWithoutBackslash',
    'Stops on a backslash in the name of the user: names are sent without it',
    {},
  ),
  /** Agent: when the USB device is there again, ipp-usb is restarted before the device is opened. */
  restartIppUsbAfterReplug: quirk(
    'restartIppUsbAfterReplug',
    'Is dead after it was unplugged, until ipp-usb is restarted',
    {},
  ),
  /** Agent: ways over ipp-usb are left out. */
  usbBlacklistedInIppUsb: quirk(
    'usbBlacklistedInIppUsb',
    'ipp-usb leaves it alone: eSCL reaches it over the network only',
    {},
  ),
  /** ipp-usb: `usb-max-interfaces` of its quirks file. */
  maxInterfaces: quirk('maxInterfaces', 'Hangs when ipp-usb uses more than count USB interfaces', {
    count: Type.Integer({ minimum: 1, maximum: 8 }),
  }),
  /** ipp-usb: `init-reset` of its quirks file. */
  initReset: quirk('initReset', 'Must be reset when ipp-usb opens it', { how: Type.Enum(['soft', 'hard']) }),
} as const

export type QuirkName = keyof typeof quirks

/** Every name of the closed list. */
export const quirkNames = Object.keys(quirks) as readonly QuirkName[]

/** One quirk of a model: its name, the parameters of that name, a reason and a source. */
export const Quirk = Type.Unsafe<Quirk>(
  Type.Union(Object.values(quirks), { description: 'A quirk of the closed list' }),
)

/** The quirk of that name, with its parameters. */
export type QuirkOf<N extends QuirkName> = Static<(typeof quirks)[N]>
export type Quirk = { [N in QuirkName]: QuirkOf<N> }[QuirkName]

/** The quirk of that name among these, with its parameters; `undefined` where the model does not have it. */
export const findQuirk = <N extends QuirkName>(all: readonly Quirk[], name: N): QuirkOf<N> | undefined =>
  all.find((one): one is Quirk & QuirkOf<N> => one.quirk === name)
