import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClaimFile } from '../../../protocol/claim-file.ts'
import { readBundle, writeBundle, writeLabelSheets } from './bundle.ts'
import type { Claim, Claims, Door } from './claims.ts'
import type { Label } from './label.ts'
import type { DepotVillage } from './villages.ts'

/** What became of one village's bundle. */
export interface Prepared {
  readonly device: string
  readonly village: string
  readonly outcome: 'made' | 'renewed' | 'kept' | 'reprinted' | 'used' | 'expired' | 'locked' | 'withdrawn'
}

/** How the depot works. */
export interface DepotOptions {
  /** The folder of the bundles. */
  readonly out: string
  /** Makes new codes for bundles whose code is of no use any more. */
  readonly renew: boolean
  /** Prints the labels of codes that hold once more, and says on them that it did. */
  readonly reprint: boolean
  readonly show: (done: number, all: number) => void
}

/**
 * Makes a bundle for each village, and sheets with the labels of the new ones. Run again it makes what is missing:
 * INVARIANT: a code is printed a second time only when that is asked for, and a code that nobody has on paper or in a
 * file, since its making was cut short, is taken back before another one is made.
 */
export const prepareDepot = async (
  claims: Claims,
  villages: readonly DepotVillage[],
  options: DepotOptions,
): Promise<{ readonly bundles: readonly Prepared[]; readonly labels: string | undefined }> => {
  const [door, known] = await Promise.all([claims.door(), claims.list()])
  const bundles: Prepared[] = []
  const labels: Label[] = []
  for (const village of villages) {
    const own = known.filter(({ device }) => device === village.device)
    const { outcome, label } = await prepare({ claims, door, own, village, options })
    bundles.push({ device: village.device, village: village.village, outcome })
    if (label !== undefined) labels.push(label)
    options.show(bundles.length, villages.length)
  }
  return { bundles, labels: labels.length === 0 ? undefined : await writeLabelSheets(options.out, labels) }
}

interface Work {
  readonly claims: Claims
  readonly door: Door
  /** The claims of this terminal. */
  readonly own: readonly Claim[]
  readonly village: DepotVillage
  readonly options: DepotOptions
}

const labelOf = (claim: ClaimFile, { district }: DepotVillage, again = false): Label => ({
  claim,
  again,
  ...(district === undefined ? {} : { district }),
})

const prepare = async (work: Work): Promise<{ outcome: Prepared['outcome']; label?: Label }> => {
  const { claims, own, village, options } = work
  const bundle = await readBundle(options.out, village.device)
  const claim = bundle && own.find(({ expiresAt }) => expiresAt === bundle.expiresAt)
  if (bundle !== undefined && claim?.state === 'open') return keep(work, bundle)
  if (bundle !== undefined && claim !== undefined && !options.renew) {
    return { outcome: claim.state as Exclude<Claim['state'], 'open'> }
  }
  for (const lost of own) if (lost.state === 'open') await claims.withdraw(lost.id)
  return { outcome: bundle === undefined ? 'made' : 'renewed', label: await make(work) }
}

const make = async ({ claims, door, village, options }: Work): Promise<Label> => {
  const { code, expiresAt } = await claims.create(village)
  const { ca, ...fleet } = door
  const { device, serial } = village
  const claim: ClaimFile = {
    version: 1,
    device,
    village: village.village,
    code,
    expiresAt,
    fleet,
    ca,
    ...(serial === undefined ? {} : { serial }),
  }
  const label = labelOf(claim, village)
  await writeBundle(options.out, claim, label)
  return label
}

/** The code stays; where the fleet has moved or has new roots, the file learns of it. */
const keep = async (
  { door, village, options }: Work,
  bundle: ClaimFile,
): Promise<{ outcome: Prepared['outcome']; label?: Label }> => {
  const { ca, ...fleet } = door
  const label = labelOf(bundle, village, options.reprint)
  const isWhole = await access(join(options.out, village.device, 'label.pdf')).then(
    () => true,
    () => false,
  )
  const moved = bundle.ca !== ca || bundle.fleet.host !== fleet.host || bundle.fleet.port !== fleet.port
  if (moved || !isWhole || options.reprint) await writeBundle(options.out, { ...bundle, fleet, ca }, label)
  // A label that was never finished was never printed.
  if (!isWhole) return { outcome: 'made', label: labelOf(bundle, village) }
  return options.reprint ? { outcome: 'reprinted', label } : { outcome: 'kept' }
}
