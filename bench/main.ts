import { bundleAgent, bundleFleet } from './bundles.ts'
import { dashboard } from './measures/dashboard.ts'
import { idle } from './measures/idle.ts'
import { opsFirstView } from './measures/ops.ts'
import { reconnecting } from './measures/reconnecting.ts'
import { roundTrip } from './measures/round-trip.ts'
import { scanning } from './measures/scanning.ts'
import { sevenHundred } from './measures/seven-hundred.ts'
import { week } from './measures/week.ts'
import { type Figures, writeResults } from './results.ts'

const bundle = bundleAgent()
const measures: Readonly<Record<string, () => Promise<Figures>>> = {
  roundtrip: () => roundTrip(bundle),
  scan: () => scanning(bundle),
  idle: () => idle(bundle),
  fleet: () => sevenHundred(bundleFleet()),
  week: () => week(bundleFleet()),
  reconnecting: () => reconnecting(),
  dashboard: () => dashboard(),
  ops: () => opsFirstView(),
}

// Names on the command line choose some; what is measured alone is shown, and only a whole run is kept.
const chosen = process.argv.slice(2)
const figures: Record<string, Figures[string]> = {}
for (const [name, measure] of Object.entries(measures)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const found = await measure()
  for (const [key, { value, unit, of }] of Object.entries(found))
    console.log(`${key}: ${value} ${unit} (${of})`)
  Object.assign(figures, found)
}
if (chosen.length === 0) writeResults(figures)
