import type { CapabilityReport } from '../../protocol/messages.ts'
import type { Capability } from '../capability.ts'

/** Whether each capability works, by its name. */
export type Health = Readonly<Record<string, boolean>>

/** How the capabilities are, for judging a new configuration. */
export interface HealthView {
  /** As was known last; empty while nothing is. */
  known(): Health
  /** As they are found now. */
  look(signal: AbortSignal): Promise<Health>
}

const lookMs = 30_000
const works = ({ present, ok }: CapabilityReport) => present && ok

/** The health of these capabilities; `reports` are those that the fleet was told last. */
export const createHealthView = (
  capabilities: readonly Pick<Capability, 'name' | 'report'>[],
  reports: () => Readonly<Record<string, CapabilityReport>>,
): HealthView => ({
  known: () => Object.fromEntries(Object.entries(reports()).map(([name, report]) => [name, works(report)])),
  async look(signal) {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(lookMs)])
    const looks = capabilities.map(async (capability) => [
      capability.name,
      await capability.report(limit).then(works, () => false),
    ])
    return Object.fromEntries(await Promise.all(looks))
  },
})
