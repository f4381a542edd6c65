import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { SetupProgress, type SetupStep, SheetData, setupSteps } from '../../protocol/setup.ts'
import type { Marks } from '../marks.ts'

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** The sheet that is to be recognised: set before the printer gets its first byte. */
const Sheet = Type.Object(
  {
    data: SheetData,
    hash: Hash,
    nonce: Type.String(),
    /** The printer may have got it. */
    began: Type.Boolean(),
    earlier: Type.Array(Hash, { maxItems: 10 }),
  },
  { additionalProperties: false },
)
export type SheetRecord = Static<typeof Sheet>

const Stored = Type.Object(
  { steps: SetupProgress, sheet: Type.Optional(Sheet) },
  { additionalProperties: false },
)
type Stored = Static<typeof Stored>

/**
 * How far the technician has come, on the disk. INVARIANT: what `change` has written is there after a power cut; a step
 * that was running then is found failed and can be run again.
 */
export interface SetupRecord {
  readonly steps: SetupProgress
  readonly sheet: SheetRecord | undefined
  /** Whether anything was begun. */
  readonly begun: boolean
  /** Writes one step; flushed when it returns. */
  setStep<S extends SetupStep>(step: S, value: SetupProgress[S]): void
  /** Shows how far a running step is, without writing it. */
  show(step: SetupStep, percent: number): void
  setSheet(sheet: SheetRecord): void
}

const mark = 'setup'

const untouched = (): SetupProgress =>
  Object.fromEntries(setupSteps.map((step) => [step, { state: 'open' }])) as unknown as SetupProgress

const read = (text: string | undefined): Stored | undefined => {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    // A record of another version is no loss: every step can be run again.
    return Check(Stored, value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The record in these marks. */
export const openRecord = (marks: Marks): SetupRecord => {
  const found = read(marks.get(mark))
  let stored: Stored = found ?? { steps: untouched() }
  let begun = found !== undefined
  const write = (next: Stored) => {
    stored = next
    begun = true
    marks.set(mark, JSON.stringify(next))
  }
  for (const step of setupSteps) {
    const { state, at } = stored.steps[step]
    if (state !== 'running') continue
    const problem = step === 'print' && stored.sheet?.began === true ? 'print-unknown' : 'cut-short'
    const cut = { state: 'failed' as const, problem, ...(at === undefined ? {} : { at }) }
    stored = { ...stored, steps: { ...stored.steps, [step]: cut } }
  }
  return {
    get steps() {
      return stored.steps
    },
    get sheet() {
      return stored.sheet
    },
    get begun() {
      return begun
    },
    setStep: (step, value) => write({ ...stored, steps: { ...stored.steps, [step]: value } }),
    show(step, percent) {
      stored = { ...stored, steps: { ...stored.steps, [step]: { ...stored.steps[step], percent } } }
    },
    setSheet: (sheet) => write({ ...stored, sheet }),
  }
}
