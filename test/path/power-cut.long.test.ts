import { powerCutTests } from '../support/village/power-cut-tests.ts'

powerCutTests({ seed: 20_261_121, terminals: 4, agentKills: 100, fleetKills: 50 })
