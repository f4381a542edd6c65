import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { MfpProfile, ProfilesReference } from '../../protocol/firmware-profile.ts'
import type { ProfileMessage } from '../../protocol/messages.ts'
import { unknownModel } from '../capabilities/device-profile.ts'
import { type Devices, openDevices } from '../capabilities/devices.ts'
import type { AgentConfig } from '../config.ts'
import type { IppUsb } from '../devices/ipp-usb/ipp-usb.ts'
import type { Backoff } from '../link/backoff.ts'
import type { Marks } from '../marks.ts'
import { changingDevices } from './changing-devices.ts'
import { type Choice, choose, saysAll } from './choice.ts'
import type { DescriptionDelivery } from './delivery.ts'
import { capture } from './description.ts'
import { EditionError } from './edition-error.ts'
import type { Editions, NamedEdition } from './editions.ts'
import { ippUsbNeeds } from './ipp-usb-needs.ts'
import { writeSaneConfiguration } from './sane-configuration.ts'
import { lookAround, type Places, type Surroundings } from './surroundings.ts'
import { readUsb } from './usb.ts'

/** The models of a terminal: looks what is there, chooses their profiles and opens the devices by them. */
export interface Profiles {
  readonly devices: Devices
  /** What the fleet is told. */
  about(): ProfileMessage['profiles']
  /** Looks, and again when something was plugged in or is still missing, until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>
  /**
   * From now on by this edition of the fleet, or by that of the release. Tries while the line fails; when the edition
   * is of no use the last good one goes on, and the fleet is told. Resolves when the devices are open by it, or when it
   * is of no use or another one is wanted. Never rejects.
   */
  use(reference: ProfilesReference | undefined): Promise<void>
  /** The line came up. */
  cameUp(): void
}

/** What the profiles of a terminal are made of. */
export interface ProfilesParts {
  readonly config: AgentConfig
  readonly editions: Editions
  readonly delivery: DescriptionDelivery
  readonly marks: Marks
  readonly backoff: () => Backoff
  readonly logger: Logger
  /** Another choice was made. */
  readonly changed: () => void
  /** Aborted when the agent stops. */
  readonly signal?: AbortSignal
  /** What brings IPP and eSCL of USB devices, kept in order for the models that need it. */
  readonly ippUsb?: IppUsb
  /** Where to look, beside the configuration and what the profiles name. */
  readonly places?: Partial<Places>
}

/** Between two looks at the USB, in milliseconds. */
const watchMs = 60_000
/** Devices that nobody could name by then are opened as the configuration says. */
const patienceMs = 3000

const nothingSeen: Surroundings = {
  dmi: { vendor: '', product: '', board: '' },
  usb: [],
  escl: [],
  ipp: [],
  announced: [],
}

const placesOf = ({ scanner, printer, mfpHost }: AgentConfig, mfps: readonly MfpProfile[]): Places => {
  const escl = mfps.flatMap(({ scan }) =>
    (scan?.ways ?? []).flatMap((way) =>
      way.way === 'escl' && way.over === 'network' ? [`${way.port ?? 80}${way.path ?? '/eSCL/'}`] : [],
    ),
  )
  const ipp = mfps.flatMap(({ print }) =>
    (print?.ways ?? []).flatMap((way) =>
      way.way === 'ipp' && way.over === 'network' ? [way.uri ?? 'ipp://{host}/ipp/print'] : [],
    ),
  )
  return {
    ...(scanner.url === undefined ? {} : { scannerUrl: scanner.url }),
    ...(printer.uri === undefined ? {} : { printerUri: printer.uri }),
    ...(mfpHost === undefined ? {} : { host: mfpHost }),
    browse: scanner.driver === 'auto' || printer.driver === 'auto',
    esclPlaces: [...new Set(escl)],
    ippPatterns: [...new Set(ipp)],
  }
}

/** The profiles of one terminal. */
export const createProfiles = (parts: ProfilesParts): Profiles => {
  const { config, editions, delivery, marks, backoff, logger, changed } = parts
  const changing = changingDevices()
  let reference = marks.get('profiles.edition') || undefined
  let about: ProfileMessage['profiles'] = { ...config.profiles }
  let refused: string | undefined
  let wanted: AbortController | undefined
  let opened: string | undefined
  let seen = nothingSeen
  let complete = false

  const inUse = async (): Promise<NamedEdition> => {
    const edition = reference === undefined ? undefined : await editions.kept(reference)
    return edition && reference !== undefined ? { edition, sha256: reference } : editions.builtIn()
  }

  const open = async (choice: Choice): Promise<void> => {
    const { mfp, sane } = choice
    const text = JSON.stringify(choice)
    if (text === opened) return
    const backend = sane?.backend
    const configDir =
      sane && backend !== undefined
        ? await writeSaneConfiguration(join(config.dataFolder, 'sane.d'), { backend, noWsd: sane.noWsd })
        : undefined
    const scanner = configDir === undefined ? choice.scanner : { ...choice.scanner, configDir }
    const setUp = { ...config, scanner, printer: choice.printer }
    await changing.change(await openDevices(setUp, logger, mfp ?? unknownModel))
    opened = text
    logger.info(
      { mfp: mfp?.slug, terminal: choice.terminal, unknown: choice.unknown },
      'profiles were chosen',
    )
  }
  const tell = (choice: Choice, edition: string): void => {
    const description = choice.unknown ? capture(seen) : undefined
    if (description) delivery.offer(description)
    about = {
      terminal: choice.terminal,
      ...(choice.mfp ? { mfp: choice.mfp.slug } : {}),
      ...(choice.unknown ? { unknown: true } : {}),
      ...(description ? { description: description.sha256 } : {}),
      edition,
      ...(refused === undefined ? {} : { refused }),
    }
    changed()
  }
  const chooseNow = async ({ edition, sha256 }: NamedEdition): Promise<void> => {
    const choice = choose(edition, config, seen)
    complete = choice.scanner.driver !== 'auto' && choice.printer.driver !== 'auto'
    await open(choice)
    tell(choice, sha256)
  }
  const look = async (signal: AbortSignal): Promise<void> => {
    const named = await inUse()
    if (!saysAll(config)) {
      const places = { ...placesOf(config, named.edition.mfps), ...parts.places }
      const looking = lookAround(places, signal)
      if (opened === undefined) {
        // A device that takes its time must not hold up the others.
        const late = sleep(patienceMs, true, { ref: false })
        if (await Promise.race([looking.then(() => false), late]))
          await open(choose(named.edition, config, nothingSeen))
      }
      seen = await looking
    }
    signal.throwIfAborted()
    await chooseNow(named)
  }
  const guarded = (signal: AbortSignal): Promise<void> =>
    look(signal).catch(async (error: unknown) => {
      if (signal.aborted) return
      logger.error({ error }, 'the profiles could not be chosen')
      if (opened === undefined) await changing.change(await openDevices(config, logger, unknownModel))
    })

  // INVARIANT: one look or change of edition at a time.
  let turn: Promise<void> = Promise.resolve()
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const mine = turn.then(act)
    turn = mine.catch(() => {})
    return mine
  }
  const isRelease = async ({ sha256 }: ProfilesReference) => (await editions.builtIn()).sha256 === sha256
  const bring = async (sha256: string, signal: AbortSignal): Promise<void> => {
    const wait = backoff()
    for (;;) {
      try {
        return await editions.bring(sha256, signal)
      } catch (thrown) {
        signal.throwIfAborted()
        if (thrown instanceof EditionError) throw thrown
        await wait.wait(signal)
      }
    }
  }
  /** Whether ipp-usb was restarted, so that its devices are there again. */
  const attendIppUsb = async (): Promise<boolean> => {
    try {
      const { edition } = await inUse()
      return (await parts.ippUsb?.attend(ippUsbNeeds(edition.mfps))) ?? false
    } catch (error) {
      logger.warn({ error }, 'ipp-usb could not be kept in order')
      return false
    }
  }
  const usbNow = async (): Promise<string> => JSON.stringify(await readUsb(parts.places?.usbFolder))

  return {
    devices: changing.devices,
    about: () => about,
    cameUp: () => delivery.retry(),
    async run(signal) {
      if (!saysAll(config)) await attendIppUsb()
      await inTurn(() => guarded(signal))
      const delivering = delivery.run(signal)
      let usb = JSON.stringify(seen.usb)
      while (!saysAll(config) && !signal.aborted) {
        await sleep(watchMs, undefined, { signal }).catch(() => {})
        if (signal.aborted) break
        const restarted = await attendIppUsb()
        const now = await usbNow()
        if (now === usb && complete && !restarted) continue
        usb = now
        await inTurn(() => guarded(signal))
      }
      await delivering
    },
    async use(next) {
      wanted?.abort()
      wanted = new AbortController()
      const signal = parts.signal ? AbortSignal.any([wanted.signal, parts.signal]) : wanted.signal
      try {
        const sha256 = next === undefined || (await isRelease(next)) ? undefined : next.sha256
        if (sha256 !== undefined && !(await editions.kept(sha256))) await bring(sha256, signal)
        await inTurn(async () => {
          signal.throwIfAborted()
          refused = undefined
          reference = sha256
          marks.set('profiles.edition', sha256 ?? '')
          await chooseNow(await inUse())
        })
      } catch (thrown) {
        if (signal.aborted) return
        logger.error({ error: thrown, edition: next?.sha256 }, 'an edition of the profiles was not taken')
        refused = thrown instanceof EditionError ? thrown.message : 'The edition could not be taken up'
        about = { ...about, refused }
        changed()
      }
    },
  }
}
