/**
 * Every topic of the terminals' door, as functions. No other file spells a topic.
 * Below `up` only the terminal publishes; below `dn` only the fleet publishes and only this terminal reads.
 */
const root = 'avyl/1/d'

/** Characters of a `deviceId`: it is a topic level, a certificate subject and an MQTT client id at once. */
export const deviceIdPattern = '^[A-Za-z0-9][A-Za-z0-9-]{0,63}$'

const deviceId = new RegExp(deviceIdPattern)

/** Whether a string can be a `deviceId`. */
export const isDeviceId = (text: string): boolean => deviceId.test(text)

/** The topics of one terminal. */
export const topics = {
  presence: (device: string) => `${root}/${device}/up/presence`,
  profile: (device: string) => `${root}/${device}/up/profile`,
  reported: (device: string) => `${root}/${device}/up/reported`,
  event: (device: string) => `${root}/${device}/up/event`,
  telemetry: (device: string) => `${root}/${device}/up/tele`,
  log: (device: string) => `${root}/${device}/up/log`,
  commandReport: (device: string, command: string) => `${root}/${device}/up/cmd/${command}`,
  desired: (device: string) => `${root}/${device}/dn/desired`,
  command: (device: string, command: string) => `${root}/${device}/dn/cmd/${command}`,
  cancel: (device: string, command: string) => `${root}/${device}/dn/cancel/${command}`,
  probe: (device: string) => `${root}/${device}/dn/probe`,
  /** What a terminal subscribes to: everything that the fleet sends to it. */
  down: (device: string) => `${root}/${device}/dn/#`,
  /** What a terminal may publish below. */
  upPrefix: (device: string) => `${root}/${device}/up/`,
  /** What a terminal may read below. */
  downPrefix: (device: string) => `${root}/${device}/dn/`,
} as const

/** What a topic carries, as read from its name. */
export type TopicKind =
  | 'presence'
  | 'profile'
  | 'reported'
  | 'event'
  | 'telemetry'
  | 'log'
  | 'commandReport'
  | 'desired'
  | 'command'
  | 'cancel'
  | 'probe'

/** A topic taken apart. */
export interface ParsedTopic {
  readonly device: string
  readonly kind: TopicKind
  /** The command's id, on topics of one command. */
  readonly command?: string
}

const plain: Record<string, TopicKind> = {
  'up/presence': 'presence',
  'up/profile': 'profile',
  'up/reported': 'reported',
  'up/event': 'event',
  'up/tele': 'telemetry',
  'up/log': 'log',
  'dn/desired': 'desired',
  'dn/probe': 'probe',
}
const ofCommand: Record<string, TopicKind> = {
  'up/cmd': 'commandReport',
  'dn/cmd': 'command',
  'dn/cancel': 'cancel',
}

/** Reads a topic name; `undefined` when it is none of ours. */
export const parseTopic = (topic: string): ParsedTopic | undefined => {
  const levels = topic.split('/')
  const [name, version, class_, device, direction, leaf, command] = levels
  if (`${name}/${version}/${class_}` !== root || device === undefined || !isDeviceId(device)) return undefined
  const key = `${direction}/${leaf}`
  if (levels.length === 6 && Object.hasOwn(plain, key)) return { device, kind: plain[key] as TopicKind }
  if (levels.length === 7 && command && Object.hasOwn(ofCommand, key)) {
    return { device, kind: ofCommand[key] as TopicKind, command }
  }
  return undefined
}
