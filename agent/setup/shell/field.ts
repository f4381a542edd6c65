import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Parse } from 'typebox/value'
import { type ClaimInput, SetupState, type SetupStep } from '../../../protocol/setup.ts'

/** The agent does not answer, or its set-up is closed. */
export class FieldClosed extends Error {
  override readonly name = 'FieldClosed'
}

/** The agent's set-up as a program of the same machine sees it. Everything throws `FieldClosed`. */
export interface Field {
  state(): Promise<SetupState>
  /** Begins a step and resolves when it is over; `show` gets each state in between. A restart of the agent is waited for. */
  run(step: SetupStep, input: ClaimInput, show: (state: SetupState) => void): Promise<SetupState>
  /** Resolves with the first state that fits. */
  until(fits: (state: SetupState) => boolean, show?: (state: SetupState) => void): Promise<SetupState>
}

const patienceMs = 60_000
const tryMs = 300

/** The set-up whose address stands in this data folder; `monotonic` counts milliseconds. */
export const findField = (dataFolder: string, monotonic = () => performance.now()): Field => {
  const url = async (): Promise<string> => {
    const text = await readFile(join(dataFolder, 'setup', 'address.json'), 'utf8')
    return String((JSON.parse(text) as { url?: unknown }).url)
  }
  /** An agent that restarts comes back, perhaps at another port; it is waited for since it was `heard` last. */
  const patiently = async <T>(act: (heard: () => void) => Promise<T>): Promise<T> => {
    let since = monotonic()
    const heard = () => {
      since = monotonic()
    }
    for (;;) {
      try {
        return await act(heard)
      } catch (cause) {
        if (monotonic() - since > patienceMs) {
          throw new FieldClosed('The set-up of this terminal is not open', { cause })
        }
        await sleep(tryMs)
      }
    }
  }
  const state = async () => Parse(SetupState, await (await fetch(`${await url()}setup`)).json())
  const until: Field['until'] = (fits, show = () => {}) =>
    patiently(async (heard) => {
      const leaving = new AbortController()
      const answer = await fetch(`${await url()}setup/events`, { signal: leaving.signal })
      try {
        for await (const text of lines(answer)) {
          if (!text.startsWith('data: ')) continue
          const seen = Parse(SetupState, JSON.parse(text.slice('data: '.length)))
          show(seen)
          if (fits(seen)) return seen
        }
        throw new Error('The agent ended')
      } finally {
        // It was there until now, however long the step took.
        heard()
        leaving.abort()
      }
    })
  return {
    state: () => patiently(state),
    until,
    async run(step, input, show) {
      await patiently(async () => {
        const answer = await fetch(`${await url()}setup/${step}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(input),
        })
        if (answer.status === 202) return
        // An answer that was lost was asked for once more.
        const isBegun = answer.status === 409 && (await state()).steps[step].state === 'running'
        if (!isBegun) throw new Error(`The agent answered ${answer.status}`)
      })
      return until(({ steps }) => steps[step].state === 'done' || steps[step].state === 'failed', show)
    },
  }
}

const longestLine = 256 * 1024

async function* lines(answer: Response): AsyncGenerator<string> {
  let kept = ''
  const decoder = new TextDecoder()
  for await (const piece of answer.body ?? []) {
    kept += decoder.decode(piece as Uint8Array, { stream: true })
    const whole = kept.split('\n')
    kept = whole.pop() ?? ''
    if (kept.length > longestLine) throw new RangeError('A line is too long')
    yield* whole
  }
}
