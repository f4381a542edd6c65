import { koffi } from './koffi.ts'
import {
  capabilitiesOf,
  fromFixed,
  type OptionConstraint,
  optionTypes,
  optionUnits,
  type SaneOption,
} from './option.ts'
import { SaneError } from './status.ts'

/** An address in the process: `SANE_Handle`, or what a descriptor points to. */
export type Pointer = bigint

/** `SANE_Device`. */
export interface SaneDeviceInfo {
  readonly name: string
  readonly vendor: string
  readonly model: string
  readonly type: string
}

/** `SANE_Parameters` as the library fills it. */
export interface RawParameters {
  format: number
  last_frame: number
  bytes_per_line: number
  pixels_per_line: number
  lines: number
  depth: number
}

/** The functions of libsane as C has them; a result is a `SANE_Status` unless said otherwise. */
export interface SaneLibrary {
  init(version: [number], authorize: null): number
  exit(): void
  getDevices(list: [Pointer | null], localOnly: number): number
  open(name: string, handle: [Pointer | null]): number
  close(handle: Pointer): void
  /** The descriptor's address, `null` past the last one. */
  getOptionDescriptor(handle: Pointer, index: number): Pointer | null
  controlOption(
    handle: Pointer,
    index: number,
    action: number,
    value: Uint8Array | null,
    info: [number],
  ): number
  getParameters(handle: Pointer, parameters: Partial<RawParameters>): number
  start(handle: Pointer): number
  read(handle: Pointer, data: Uint8Array, maxLength: number, length: [number]): number
  cancel(handle: Pointer): void
}

// Drivers count on a thread's usual stack; koffi's own is 1 MiB. It can be changed before the first call only.
koffi.config({ sync_stack_size: 8 << 20 })

// Longer lists than these come from a broken driver.
const maxListed = 4096
const maxText = 4096

const deviceStruct = koffi.struct('SANE_Device', {
  name: 'void *',
  vendor: 'void *',
  model: 'void *',
  type: 'void *',
})
const descriptorStruct = koffi.struct('SANE_Option_Descriptor', {
  name: 'void *',
  title: 'void *',
  desc: 'void *',
  type: 'int',
  unit: 'int',
  size: 'int',
  cap: 'int',
  constraint_type: 'int',
  constraint: 'void *',
})
koffi.struct('SANE_Parameters', {
  format: 'int',
  last_frame: 'int',
  bytes_per_line: 'int',
  pixels_per_line: 'int',
  lines: 'int',
  depth: 'int',
})

/** Loads libsane and binds the calls of the SANE C API 1.x; throws `UNAVAILABLE` when it cannot. */
export const loadLibrary = (path = 'libsane.so.1'): SaneLibrary => {
  try {
    const library = koffi.load(path)
    return {
      init: library.func('int sane_init(_Out_ int *version, void *authorize)'),
      exit: library.func('void sane_exit()'),
      getDevices: library.func('int sane_get_devices(_Out_ void **list, int local_only)'),
      open: library.func('int sane_open(const char *name, _Out_ void **handle)'),
      close: library.func('void sane_close(void *handle)'),
      getOptionDescriptor: library.func('void *sane_get_option_descriptor(void *handle, int index)'),
      controlOption: library.func(
        'int sane_control_option(void *handle, int index, int action, void *value, _Inout_ int *info)',
      ),
      getParameters: library.func('int sane_get_parameters(void *handle, _Out_ SANE_Parameters *parameters)'),
      start: library.func('int sane_start(void *handle)'),
      read: library.func('int sane_read(void *handle, void *data, int max_length, _Out_ int *length)'),
      cancel: library.func('void sane_cancel(void *handle)'),
    }
  } catch (cause) {
    throw new SaneError('UNAVAILABLE', `libsane could not be loaded: ${cause}`, { cause })
  }
}

const textAt = (address: Pointer | null): string => {
  if (address === null) return ''
  return koffi.decode.string(address).slice(0, maxText)
}

const pointersAt = (list: Pointer): Pointer[] => {
  const found: Pointer[] = []
  for (let at = 0; at < maxListed; at++) {
    const pointer: Pointer | null = koffi.decode(list, at * 8, 'void *')
    if (pointer === null) break
    found.push(pointer)
  }
  return found
}

/** Reads the NULL-terminated list that `sane_get_devices` answers. */
export const decodeDevices = (list: Pointer): SaneDeviceInfo[] =>
  pointersAt(list).map((address) => {
    const raw: Record<keyof SaneDeviceInfo, Pointer | null> = koffi.decode(address, deviceStruct)
    return {
      name: textAt(raw.name),
      vendor: textAt(raw.vendor),
      model: textAt(raw.model),
      type: textAt(raw.type),
    }
  })

const wordsAt = (address: Pointer, count: number, offset = 0): number[] => [
  ...(koffi.decode(address, offset, koffi.array('int', count, 'Typed')) as Int32Array),
]

const decodeConstraint = (kind: number, address: Pointer | null, fixed: boolean): OptionConstraint => {
  if (address === null) return { kind: 'none' }
  const number = (word: number): number => (fixed ? fromFixed(word) : word)
  if (kind === 1) {
    const [min = 0, max = 0, step = 0] = wordsAt(address, 3).map(number)
    return { kind: 'range', min, max, step }
  }
  if (kind === 2) {
    // The first word counts the others.
    const count = Math.min(Math.max(wordsAt(address, 1)[0] ?? 0, 0), maxListed)
    return { kind: 'numbers', values: count === 0 ? [] : wordsAt(address, count, 4).map(number) }
  }
  if (kind === 3) return { kind: 'strings', values: pointersAt(address).map(textAt) }
  return { kind: 'none' }
}

/** Reads the descriptor at an address. */
export const decodeOption = (address: Pointer, index: number): SaneOption => {
  const raw = koffi.decode(address, descriptorStruct) as {
    name: Pointer | null
    type: number
    unit: number
    size: number
    cap: number
    constraint_type: number
    constraint: Pointer | null
  }
  const type = optionTypes[raw.type] ?? 'group'
  const capabilities = capabilitiesOf(raw.cap)
  return {
    index,
    name: textAt(raw.name),
    type,
    unit: optionUnits[raw.unit] ?? 'none',
    size: raw.size,
    capabilities,
    active: !capabilities.inactive,
    settable: capabilities.softSelect,
    constraint: decodeConstraint(raw.constraint_type, raw.constraint, type === 'fixed'),
  }
}
