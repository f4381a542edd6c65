import {
  decodeDevices,
  decodeOption,
  type Pointer,
  type SaneDeviceInfo,
  type SaneLibrary,
} from './library.ts'
import type { OptionValue, SaneOption } from './option.ts'
import { assertGood, SaneError, type SaneStatus, statusOf } from './status.ts'
import { decodeValue, encodeValue, isTaken } from './value.ts'

const maxOptions = 1024
const maxValueBytes = 1 << 20
const action = { get: 0, set: 1 } as const

/** `SANE_Frame` by its number. */
export const frameFormats = ['grey', 'rgb', 'red', 'green', 'blue'] as const

/** `SANE_Parameters`: what the device is about to give. */
export interface FrameParameters {
  readonly format: (typeof frameFormats)[number] | 'other'
  readonly lastFrame: boolean
  readonly bytesPerLine: number
  readonly pixelsPerLine: number
  /** -1 where the device tells it only at the end. */
  readonly lines: number
  /** Bits of a sample. */
  readonly depth: number
}

/** Starts SANE in this process and answers the library's version as `[major, minor, build]`. */
export const initialise = (library: SaneLibrary): [number, number, number] => {
  const version: [number] = [0]
  assertGood(library.init(version, null), 'sane_init')
  return [(version[0] >> 24) & 0xff, (version[0] >> 16) & 0xff, version[0] & 0xffff]
}

/** Lists the devices; SANE keeps the list until `sane_exit`. */
export const listDevices = (library: SaneLibrary): SaneDeviceInfo[] => {
  const list: [Pointer | null] = [null]
  assertGood(library.getDevices(list, 0), 'sane_get_devices')
  return list[0] === null ? [] : decodeDevices(list[0])
}

/** Opens a device by its name; an empty name opens the first one. */
export const openDevice = (library: SaneLibrary, name: string): SaneDevice => {
  const handle: [Pointer | null] = [null]
  assertGood(library.open(name, handle), 'sane_open')
  if (handle[0] === null) throw new SaneError('IO_ERROR', 'sane_open: no handle')
  return new SaneDevice(library, handle[0])
}

/** An open device. */
export class SaneDevice {
  readonly #library: SaneLibrary
  /** By which it can be used on another thread of this process too. */
  readonly handle: Pointer
  // SANE Standard 4.4: the options of an open device keep their numbers and names.
  #numbers: ReadonlyMap<string, number> | undefined

  constructor(library: SaneLibrary, handle: Pointer) {
    this.#library = library
    this.handle = handle
  }

  /** Options as they stand now: those of these names that there are, or every one, option 0 and groups among them. */
  options(names?: readonly string[]): SaneOption[] {
    if (names !== undefined) return names.flatMap((name) => this.#find(name) ?? [])
    const options: SaneOption[] = []
    for (let index = 0; index < maxOptions; index++) {
      const address = this.#library.getOptionDescriptor(this.handle, index)
      if (address === null) break
      options.push(decodeOption(address, index))
    }
    return options
  }

  /** The value of an option; throws `INVAL` when it has none now. */
  get(name: string): OptionValue {
    return this.#get(this.#option(name))
  }

  /**
   * Sets an option and reads it back, since a device may round (`SANE_INFO_INEXACT`) or say nothing; throws
   * `INEXACT` when it took another value, farther away than `tolerance`. Answers what it took.
   */
  set(name: string, value: OptionValue, tolerance = 0): OptionValue {
    const option = this.#option(name)
    if (!option.settable) throw new SaneError('INVAL', `The option ${name} cannot be set`)
    this.#control(option, action.set, encodeValue(option, value))
    const taken = this.#get(this.#option(name))
    if (!isTaken(value, taken, tolerance)) {
      throw new SaneError('INEXACT', `The option ${name} took another value`)
    }
    return taken
  }

  /** Starts a frame, and holds this thread until the device has begun; throws what it answers. */
  start(): void {
    assertGood(this.#library.start(this.handle), 'sane_start')
  }

  /** What the started frame will be. */
  parameters(): FrameParameters {
    const raw = { format: 0, last_frame: 0, bytes_per_line: 0, pixels_per_line: 0, lines: 0, depth: 0 }
    assertGood(this.#library.getParameters(this.handle, raw), 'sane_get_parameters')
    return {
      format: frameFormats[raw.format] ?? 'other',
      lastFrame: raw.last_frame !== 0,
      bytesPerLine: raw.bytes_per_line,
      pixelsPerLine: raw.pixels_per_line,
      lines: raw.lines,
      depth: raw.depth,
    }
  }

  /** Fills the buffer from its start, and holds this thread until the device gives something. */
  read(buffer: Uint8Array): { readonly status: SaneStatus; readonly length: number } {
    const length: [number] = [0]
    const status = statusOf(this.#library.read(this.handle, buffer, buffer.length, length))
    if (length[0] < 0 || length[0] > buffer.length) return { status: 'IO_ERROR', length: 0 }
    return { status, length: status === 'GOOD' ? length[0] : 0 }
  }

  /** Ends what the device is doing; a pending read then returns. May be called at any time, on any thread. */
  cancel(): void {
    this.#library.cancel(this.handle)
  }

  /** Gives the device back; nothing may be called after. */
  close(): void {
    this.#library.close(this.handle)
  }

  #find(name: string): SaneOption | undefined {
    this.#numbers ??= new Map(
      this.options().flatMap((one) => (one.type === 'group' ? [] : [[one.name, one.index]])),
    )
    const index = this.#numbers.get(name)
    const address = index === undefined ? null : this.#library.getOptionDescriptor(this.handle, index)
    return index === undefined || address === null ? undefined : decodeOption(address, index)
  }

  #option(name: string): SaneOption {
    const option = this.#find(name)
    if (option === undefined) throw new SaneError('INVAL', `The device has no option ${name}`)
    if (!option.active) throw new SaneError('INVAL', `The option ${name} is not active`)
    if (option.size < 0 || option.size > maxValueBytes) throw new SaneError('IO_ERROR', `Bad size of ${name}`)
    return option
  }

  #get(option: SaneOption): OptionValue {
    const bytes = new Uint8Array(option.size)
    this.#control(option, action.get, bytes)
    return decodeValue(option, bytes)
  }

  #control(option: SaneOption, what: number, bytes: Uint8Array): void {
    assertGood(
      this.#library.controlOption(this.handle, option.index, what, bytes, [0]),
      `sane_control_option ${option.name}`,
    )
  }
}
