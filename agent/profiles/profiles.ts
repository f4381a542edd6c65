import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { ProfilesReference } from '../../protocol/firmware-profile.ts'
import type { ProfileMessage } from '../../protocol/messages.ts'
import { unknownModel } from '../capabilities/device-profile.ts'
import { type Devices, openDevices } from '../capabilities/devices.ts'
import type { AgentConfig } from '../config.ts'
import type { IppUsb } from '../devices/ipp-usb/ipp-usb.ts'
import type { Backoff } from '../link/backoff.ts'
import type { Marks } from '../marks.ts'
import { pause } from '../pause.ts'
import { type AbsenceTimes, watchAbsence } from './absence.ts'
import { changingDevices } from './changing-devices.ts'
import { type Choice, choose, saysAll } from './choice.ts'
import type { DescriptionDelivery } from './delivery.ts'
import { capture } from './description.ts'
import { EditionError } from './edition-error.ts'
import type { Editions, NamedEdition } from './editions.ts'
import { ippUsbNeeds } from './ipp-usb-needs.ts'
import { placesOf } from './places.ts'
import { writeSaneConfiguration } from './sane-configuration.ts'
import { hasMoved, type Sighting, showsMore } from './sighting.ts'
import { createModelsInUse, withoutStrangers } from './strangers.ts'
import { lookAround, type Places, type Surroundings } from './surroundings.ts'
import { readUsb } from './usb.ts'

/** The models of a terminal: looks what is there, chooses their profiles and opens the devices by them. */
export interface Profiles {
  readonly devices: Devices
  /** What the fleet is told. */
  about(): ProfileMessage['profiles']
  /**
   * Looks, and again when something was plugged in, is still missing, or was chosen and does not answer any more, until
   * the signal is aborted.
   */
  run(signal: AbortSignal): Promise<void>
  /**
   * Looks at once, for somebody who waits for it. Resolves when what was found is open, when the signal is aborted, or
   * after a minute, for nothing changes while something is scanned or printed. Never rejects.
   */
  look(signal: AbortSignal): Promise<void>
  /**
   * From now on by this edition of the fleet, or by that of the release, with which it begins. What is wanted before
   * `run` and lies on the disk holds for the first look. Tries while the line fails; when the edition is of no use the
   * last good one goes on, and the fleet is told. Resolves when the devices are open by it, when another one is wanted, or
   * to why it is of no use. Never rejects.
   */
  use(reference: ProfilesReference | undefined): Promise<string | undefined>
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
  readonly times?: ProfilesTimes
}

/** When it is looked again: at the USB so often, in milliseconds, and then for devices that do not answer. */
export interface ProfilesTimes {
  readonly watchMs: number
  readonly absence: AbsenceTimes
}

const usualTimes: ProfilesTimes = { watchMs: 60_000, absence: { firstMs: 120_000, longestMs: 600_000 } }
/** The longest wait for a look that somebody asked for. */
const lookMs = 60_000
/** Devices that nobody could name by then are opened as the configuration says. */
const patienceMs = 3000

const nothingSeen: Surroundings = {
  dmi: { vendor: '', product: '', board: '' },
  usb: [],
  escl: [],
  ipp: [],
  announced: [],
}

/** A way to look. */
interface Look {
  /** Whether to go over from what was chosen to what is seen now. */
  readonly takes: (before: Sighting, after: Sighting) => boolean
  /** Whether somebody waits who can tell the terminal's own devices from those of others on the network. */
  readonly attended: boolean
}

const unattended: Look = { takes: () => true, attended: false }
const follow: Look = { takes: hasMoved, attended: false }
const attended: Look = { takes: showsMore, attended: true }

/** The profiles of one terminal. */
export const createProfiles = (parts: ProfilesParts): Profiles => {
  const { config, editions, delivery, marks, backoff, logger, changed, times = usualTimes } = parts
  const stopping = parts.signal ?? new AbortController().signal
  const changing = changingDevices()
  const isSought = { scanner: config.scanner.driver === 'auto', printer: config.printer.driver === 'auto' }
  const modelsInUse = createModelsInUse(marks, isSought)
  const absence = watchAbsence(changing.devices, isSought, times.absence)
  let reference: string | undefined
  let about: ProfileMessage['profiles'] = { ...config.profiles }
  let refused: string | undefined
  let wanted: AbortController | undefined
  let opened: string | undefined
  const firstLook = Promise.withResolvers<void>()
  let hasLooked = false
  let seen = nothingSeen
  let chosen: Choice | undefined
  const isComplete = () =>
    chosen !== undefined && chosen.scanner.driver !== 'auto' && chosen.printer.driver !== 'auto'

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
    chosen = choice
    await open(choice)
    tell(choice, sha256)
  }
  const look = async (signal: AbortSignal, { takes, attended }: Look): Promise<void> => {
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
      const everything = await looking
      signal.throwIfAborted()
      const models = attended ? undefined : modelsInUse.known()
      const there = models ? withoutStrangers(everything, models, places) : everything
      const after = { choice: choose(named.edition, config, there), there }
      if (chosen && !takes({ choice: chosen, there: seen }, after)) return
      seen = there
      modelsInUse.remember(after)
    }
    await chooseNow(named)
  }
  const guarded = (signal: AbortSignal, way: Look): Promise<void> =>
    look(signal, way).catch(async (error: unknown) => {
      if (signal.aborted) return
      logger.error({ error }, 'the profiles could not be chosen')
      if (opened === undefined) await changing.change(await openDevices(config, logger, unknownModel))
    })

  // INVARIANT: one look or change of edition at a time.
  let turn: Promise<void> = Promise.resolve()
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const mine = turn.then(act)
    turn = mine.then(
      () => {},
      () => {},
    )
    return mine
  }
  const isRelease = async ({ sha256 }: ProfilesReference) => (await editions.builtIn()).sha256 === sha256
  const bring = async (sha256: string, signal: AbortSignal): Promise<void> => {
    const wait = backoff()
    for (;;) {
      try {
        await editions.bring(sha256, reference, signal)
        return signal.throwIfAborted()
      } catch (thrown) {
        signal.throwIfAborted()
        if (thrown instanceof EditionError) throw thrown
        await wait.wait(signal)
      }
    }
  }
  /** Goes by an edition that is here; whether it is. */
  const goBy = (next: ProfilesReference | undefined, signal: AbortSignal): Promise<boolean> =>
    inTurn(async () => {
      // Of what is wanted before the first look, the newest that is here holds.
      if (hasLooked) signal.throwIfAborted()
      const sha256 = next === undefined || (await isRelease(next)) ? undefined : next.sha256
      if (sha256 !== undefined && !(await editions.kept(sha256))) return false
      refused = undefined
      reference = sha256
      if (hasLooked) await chooseNow(await inUse())
      return true
    })
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
  const isUsbAsSeen = async (): Promise<boolean> =>
    isDeepStrictEqual(await readUsb(parts.places?.usbFolder), seen.usb)
  let asked: Promise<void> | undefined
  /** What all who ask meanwhile wait for. */
  const lookOnce = (): Promise<void> => {
    asked ??= attendIppUsb()
      .then(() => inTurn(() => guarded(stopping, attended)))
      .catch((error: unknown) => logger.error({ error }, 'the devices could not be looked for'))
      .finally(() => {
        asked = undefined
      })
    return asked
  }

  return {
    devices: absence.devices,
    about: () => about,
    cameUp: () => delivery.retry(),
    async run(signal) {
      await inTurn(async () => {
        if (!saysAll(config)) await attendIppUsb()
        await guarded(signal, unattended)
        hasLooked = true
      })
      firstLook.resolve()
      const delivering = delivery.run(signal)
      while (!saysAll(config) && !signal.aborted) {
        await sleep(times.watchMs, undefined, { signal }).catch(() => {})
        if (signal.aborted) break
        const restarted = await attendIppUsb()
        const isAsSeen = isComplete() && !restarted && (await isUsbAsSeen())
        if (!isAsSeen) await inTurn(() => guarded(signal, unattended))
        else if (absence.due()) await inTurn(() => guarded(signal, follow))
      }
      await delivering
    },
    look: (signal) => pause(saysAll(config) ? Promise.resolve() : lookOnce(), lookMs, signal),
    async use(next) {
      wanted?.abort()
      wanted = new AbortController()
      const signal = AbortSignal.any([wanted.signal, stopping])
      try {
        const isHere = await goBy(next, signal)
        if (!isHere && next) {
          await bring(next.sha256, signal)
          await goBy(next, signal)
        }
        await firstLook.promise
        return undefined
      } catch (thrown) {
        if (signal.aborted) return undefined
        logger.error({ error: thrown, edition: next?.sha256 }, 'an edition of the profiles was not taken')
        refused = thrown instanceof EditionError ? thrown.message : 'The edition could not be taken up'
        about = { ...about, refused }
        changed()
        return refused
      }
    },
  }
}
