/** `SANE_Value_Type` by its number. */
export const optionTypes = ['bool', 'int', 'fixed', 'string', 'button', 'group'] as const
export type OptionType = (typeof optionTypes)[number]

/** `SANE_Unit` by its number. */
export const optionUnits = ['none', 'pixel', 'bit', 'mm', 'dpi', 'percent', 'microsecond'] as const
export type OptionUnit = (typeof optionUnits)[number]

/** What an option's value may be; numbers are in the option's unit. A step of 0 is none. */
export type OptionConstraint =
  | { readonly kind: 'none' }
  | { readonly kind: 'range'; readonly min: number; readonly max: number; readonly step: number }
  | { readonly kind: 'numbers'; readonly values: readonly number[] }
  | { readonly kind: 'strings'; readonly values: readonly string[] }

/** `SANE_CAP_*`: what may be done with an option. */
export interface OptionCapabilities {
  readonly softSelect: boolean
  readonly hardSelect: boolean
  readonly softDetect: boolean
  readonly emulated: boolean
  readonly automatic: boolean
  readonly inactive: boolean
  readonly advanced: boolean
}

/**
 * `SANE_Option_Descriptor` with its numbers read, without its texts for people: one thing that can be told to a
 * device.
 */
export interface SaneOption {
  /** The number by which the device knows it. */
  readonly index: number
  /** Empty for a group and for option 0. */
  readonly name: string
  readonly type: OptionType
  readonly unit: OptionUnit
  /** Bytes that its value takes. */
  readonly size: number
  readonly capabilities: OptionCapabilities
  /** Has a meaning with the other options as they stand (`SANE_OPTION_IS_ACTIVE`). */
  readonly active: boolean
  /** Can be set by software (`SANE_OPTION_IS_SETTABLE`). */
  readonly settable: boolean
  readonly constraint: OptionConstraint
}

/** The value of an option; a list where the option holds more than one word. */
export type OptionValue = boolean | number | string | readonly number[]

const fixedScale = 65_536

/** `SANE_UNFIX`: a fixed-point word as a number. */
export const fromFixed = (word: number): number => word / fixedScale

/** `SANE_FIX`: a number as the nearest fixed-point word. */
export const toFixed = (value: number): number => Math.round(value * fixedScale)

/** Reads the bits of `SANE_Option_Descriptor.cap`. */
export const capabilitiesOf = (bits: number): OptionCapabilities => ({
  softSelect: (bits & 1) !== 0,
  hardSelect: (bits & 2) !== 0,
  softDetect: (bits & 4) !== 0,
  emulated: (bits & 8) !== 0,
  automatic: (bits & 16) !== 0,
  inactive: (bits & 32) !== 0,
  advanced: (bits & 64) !== 0,
})
