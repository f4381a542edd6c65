import type { Command } from '../../../fleet/api/schemas.ts'
import type { Api } from '../../../fleet/web/api.ts'
import type { Village } from '../../../simulator/villages.ts'
import { seeded } from '../agent-parts.ts'
import type { Station } from './stations.ts'
import { createWishes, oneOfEach, type Wish } from './wishes.ts'
import type { Insist, Witness } from './witness.ts'

/** One wish and all that became of it. */
export interface Fate extends Wish {
  readonly terminal: string
  /** Every id that the fleet gave for its key. */
  readonly ids: ReadonlySet<string>
  readonly command: Command
  /** Whether it was uttered when all plugs had been pulled. */
  readonly afterwards: boolean
}

export interface LoadParts {
  readonly seed: number
  readonly api: Api
  readonly insist: Insist
  readonly witness: Witness
  /** What is printed. */
  readonly document: string
  readonly places: readonly Village[]
  readonly stations: readonly Station[]
}

/** People who want something of every terminal, one thing after another. */
export interface Load {
  /** Rejects when the fleet refused somebody. */
  readonly broke: Promise<never>
  /** No more by chance: one wish of each kind for each terminal, and the end of all; resolves to all that was wanted. */
  finish(): Promise<readonly Fate[]>
}

/** How many people want something of one terminal at a time. */
const hands = 2

/** Begins at once. Each wish is uttered under a key of its own, again until the fleet has answered, and once more. */
export const startLoad = ({ seed, api, insist, witness, document, places, stations }: LoadParts): Load => {
  const fates: Fate[] = []
  let over = false
  const utter = async (terminal: string, wish: Wish, key: string, twice: boolean): Promise<void> => {
    const request = { ...wish, idempotencyKey: `${terminal} ${key}` }
    const ask = async () => (await insist(() => api.start(terminal, request))).id
    const afterwards = over
    const id = await ask()
    const following = witness.follow(id)
    const soon = twice ? [await ask()] : []
    const command = await following
    fates.push({ ...wish, terminal, command, afterwards, ids: new Set([id, ...soon, await ask()]) })
  }
  const work = async (index: number, hand: number): Promise<void> => {
    const terminal = places[index]?.id ?? ''
    const mfp = stations[index]?.mfp
    const random = seeded(seed + 1000 * index + hand)
    const draw = createWishes(random, document, mfp === undefined)
    for (let number = 1; !over; number++) {
      const wish = draw()
      if (wish.input.source === 'feeder' && mfp?.glass) await mfp.loadFeeder([mfp.glass, mfp.glass])
      await utter(terminal, wish, `${hand} ${number}`, random() < 0.2)
    }
  }
  const working = Promise.all(
    places.flatMap((_, index) => Array.from({ length: hands }, (_, hand) => work(index, hand))),
  )
  const broken = Promise.withResolvers<never>()
  working.catch(broken.reject)
  return {
    broke: broken.promise,
    async finish() {
      over = true
      await working
      const each = async ({ id }: Village, index: number): Promise<void> => {
        const wishes = oneOfEach(document, stations[index]?.mfp === undefined)
        for (const wish of wishes) await utter(id, wish, `afterwards ${wish.name}`, false)
      }
      await Promise.all(places.map(each))
      return fates
    },
  }
}
