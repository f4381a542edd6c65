import type { CapabilityReport } from '../../protocol/messages.ts'
import type { Capability } from '../capability.ts'

/** Finds how the capabilities are now: whether each works, by its name. Never rejects. */
export type HealthLook = (signal: AbortSignal) => Promise<Readonly<Record<string, boolean>>>

const lookMs = 30_000
/** A printer that says what it is works for a configuration: paper, covers and toner are none of its matters. */
const works = ({ present, ok, printer }: CapabilityReport) => present && (ok || printer !== undefined)

/** How these capabilities are, for judging a new configuration; what does not answer within 30 s does not work. */
export const healthLook =
  (capabilities: readonly Pick<Capability, 'name' | 'report'>[]): HealthLook =>
  async (signal) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(lookMs)])
    const looks = capabilities.map(async (capability) => [
      capability.name,
      await capability.report(limit).then(works, () => false),
    ])
    return Object.fromEntries(await Promise.all(looks))
  }
