import { powerCutTests } from '../support/village/power-cut-tests.ts'

const rounds = Number(process.env.AVYL_TORTURE_ROUNDS ?? 10)
/** The seed of the first round; a round that failed names its own. */
const seed = Number(process.env.AVYL_TORTURE_SEED ?? Date.now())

for (let round = 0; round < rounds; round++) {
  powerCutTests({ seed: seed + round, terminals: 4, agentKills: 100, fleetKills: 50 })
}
