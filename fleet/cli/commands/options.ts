import { InvalidArgumentError, Option } from 'commander'
import { roles } from '../../auth/permissions.ts'

/** A whole number within bounds. */
export const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`)
    }
    return value
  }

/** A part of the glass: `x,y,width,height` in millimetres. */
export const area = (text: string) => {
  const [x, y, width, height, ...rest] = text.split(',').map(Number)
  const numbers = [x, y, width, height]
  if (
    rest.length > 0 ||
    numbers.some((value) => value === undefined || !Number.isFinite(value) || value < 0)
  ) {
    throw new InvalidArgumentError('Four numbers are needed: x,y,width,height in millimetres.')
  }
  return { x: x ?? 0, y: y ?? 0, width: width ?? 0, height: height ?? 0 }
}

export const sourceOption = () =>
  new Option('--source <source>', 'where the paper lies').choices(['flatbed', 'feeder']).default('flatbed')

export const modeOption = () =>
  new Option('--mode <mode>', 'colours').choices(['colour', 'grey', 'blackwhite'])

export const duplexOption = () =>
  new Option('--duplex <sides>', 'print on both sides').choices(['none', 'long-edge', 'short-edge'])

export const copiesOption = () => new Option('--copies <n>', 'copies, 1 to 99').argParser(whole(1, 99))

/** One of some words, given once or more often. */
export const list =
  (choices: readonly string[]) =>
  (text: string, before: readonly string[] | undefined): string[] => {
    if (!choices.includes(text))
      throw new InvalidArgumentError(`One of these is needed: ${choices.join(', ')}.`)
    return [...(before ?? []), text]
  }

export const roleOption = () => new Option('--role <role>', 'what may be done').choices(roles)

export const villageOption = () =>
  new Option('--village <name...>', 'sees this village only; can be given more often')
