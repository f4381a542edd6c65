import { fromFixed, type OptionValue, type SaneOption, toFixed } from './option.ts'
import { SaneError } from './status.ts'

const wordBytes = Int32Array.BYTES_PER_ELEMENT

const isWord = (value: number): boolean => Number.isInteger(value) && value === (value | 0)

/** A value as the bytes that `sane_control_option` takes; throws `INVAL` when the option cannot hold it. */
export const encodeValue = (option: SaneOption, value: OptionValue): Uint8Array => {
  const refuse = (): never => {
    throw new SaneError('INVAL', `The option ${option.name} cannot hold this value`)
  }
  const bytes = new Uint8Array(option.size)
  if (option.type === 'string') {
    if (typeof value !== 'string' || value.includes('\0')) return refuse()
    const text = new TextEncoder().encode(value)
    // SANE Standard 4.2.9.6: the size counts the terminating NUL.
    if (text.length >= option.size) return refuse()
    bytes.set(text)
    return bytes
  }
  const words = new Int32Array(bytes.buffer)
  if (option.type === 'bool') {
    if (typeof value !== 'boolean' || words.length !== 1) return refuse()
    words[0] = value ? 1 : 0
    return bytes
  }
  if (option.type !== 'int' && option.type !== 'fixed') return refuse()
  const numbers = typeof value === 'number' ? [value] : value
  if (!Array.isArray(numbers) || numbers.length !== words.length) return refuse()
  for (const [at, number] of numbers.entries()) {
    const word = option.type === 'fixed' ? toFixed(number) : number
    if (!isWord(word)) return refuse()
    words[at] = word
  }
  return bytes
}

/** The value in the bytes that `sane_control_option` filled. */
export const decodeValue = (option: SaneOption, bytes: Uint8Array): OptionValue => {
  if (option.type === 'string') {
    const end = bytes.indexOf(0)
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
  }
  const words = [...new Int32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / wordBytes))]
  if (option.type === 'bool') return words[0] !== 0
  const numbers = option.type === 'fixed' ? words.map(fromFixed) : words
  return numbers.length === 1 ? (numbers[0] as number) : numbers
}

/** Whether a device took a value: equal, or for numbers no farther away than `tolerance`. */
export const isTaken = (asked: OptionValue, taken: OptionValue, tolerance: number): boolean => {
  if (typeof asked === 'number' && typeof taken === 'number') {
    // A fixed-point word is exact to half a step.
    return Math.abs(asked - taken) <= tolerance + fromFixed(0.5)
  }
  if (Array.isArray(asked) && Array.isArray(taken)) {
    return asked.length === taken.length && asked.every((one, at) => isTaken(one, taken[at], tolerance))
  }
  return asked === taken
}
