import type { CommandName } from '../../../protocol/commands.ts'

/** One command that somebody wants. */
export interface Wish {
  readonly name: CommandName
  readonly input: Readonly<Record<string, unknown>>
}

/** A small part of the glass: what is tested is what becomes of a page, not its size. */
const area = { x: 5, y: 5, width: 30, height: 24 }

/** One wish of every kind that can succeed on any day. */
export const oneOfEach = (document: string, copies: boolean): readonly Wish[] => [
  { name: 'scanner.describe', input: {} },
  { name: 'scanner.scan', input: { source: 'flatbed', dpi: 75, mode: 'grey', area, format: 'pdf' } },
  { name: 'printer.print', input: { document } },
  ...(copies ? [{ name: 'copier.copy', input: { source: 'flatbed' } } as const] : []),
]

/** Draws wishes by chance: of every kind that leaves a trace, and some that do not. */
export const createWishes = (random: () => number, document: string, copies: boolean): (() => Wish) => {
  const scan = (source: 'flatbed' | 'feeder'): Wish => ({
    name: 'scanner.scan',
    input: {
      source,
      dpi: 75,
      mode: random() < 0.5 ? 'grey' : 'colour',
      ...(source === 'flatbed' ? { area } : {}),
      format: random() < 0.5 ? 'pdf' : 'jpeg',
    },
  })
  return () => {
    const chance = random()
    if (chance < 0.1) return { name: 'scanner.describe', input: {} }
    if (chance < 0.4) return scan('flatbed')
    if (chance < 0.5) return scan('feeder')
    if (chance < 0.6 && copies) return { name: 'copier.copy', input: { source: 'flatbed' } }
    return { name: 'printer.print', input: { document } }
  }
}
