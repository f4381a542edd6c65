import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClaimFile } from '../../../protocol/claim-file.ts'
import { settingNames } from '../../config.ts'
import { isLoopback, withPort } from '../../host.ts'
import { UsageError } from '../exit.ts'
import { dropLabel, readBundle, writeBundle, writeLabelSheets } from './bundle.ts'
import type { Claim, Claims, Door } from './claims.ts'
import type { Label } from './label.ts'
import type { DepotVillage } from './villages.ts'

/** What became of one village's bundle. */
export interface Prepared {
  readonly device: string
  readonly village: string
  readonly outcome:
    | 'made'
    | 'renewed'
    | 'corrected'
    | 'kept'
    | 'reprinted'
    | 'used'
    | 'expired'
    | 'locked'
    | 'withdrawn'
}

/** How the depot works. */
export interface DepotOptions {
  /** The folder of the bundles. */
  readonly out: string
  /** Makes new codes for bundles whose code is of no use any more. */
  readonly renew: boolean
  /** Prints the labels of codes that hold once more, and says on them that it did. */
  readonly reprint: boolean
  /** Takes also an address that only the fleet's own machine reaches. */
  readonly trial: boolean
  readonly show: (done: number, all: number) => void
}

/** What the depot made. */
export interface Depot {
  readonly bundles: readonly Prepared[]
  /** The file with the new labels. */
  readonly labels: string | undefined
  /** Where the terminals will look for their fleet. */
  readonly fleet: ClaimFile['fleet']
}

/**
 * Makes a bundle for each village, and sheets with the labels of the new ones. Run again it makes what is missing, and
 * makes anew what the list says otherwise by now. Throws `UsageError` before anything is made where no village would
 * find the fleet.
 * INVARIANT: a code is printed a second time only when that is asked for, and a code that nobody has on paper or in a
 * file, since its making was cut short, is taken back before another one is made.
 */
export const prepareDepot = async (
  claims: Claims,
  villages: readonly DepotVillage[],
  options: DepotOptions,
): Promise<Depot> => {
  const [door, known] = await Promise.all([claims.door(), claims.list()])
  const fleet = { host: door.host, port: door.port }
  if (isLoopback(fleet.host) && !options.trial) {
    throw new UsageError(
      `Terminals would look for the fleet at ${withPort(fleet.host, fleet.port)}, which only its own machine reaches. ${settingNames.doorNames} tells the fleet where villages find it; --trial goes on all the same.`,
    )
  }
  const bundles: Prepared[] = []
  const labels: Label[] = []
  for (const village of villages) {
    const own = known.filter(({ device }) => device === village.device)
    const { outcome, label } = await prepare({ claims, door, own, village, options })
    bundles.push({ device: village.device, village: village.village, outcome })
    if (label !== undefined) labels.push(label)
    options.show(bundles.length, villages.length)
  }
  const sheets = labels.length === 0 ? undefined : await writeLabelSheets(options.out, labels)
  return { bundles, labels: sheets, fleet }
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

/** Whether the list says something else of the terminal than its bundle, by which the fleet would turn it away. */
const differs = (bundle: ClaimFile, { village, serial }: DepotVillage): boolean =>
  bundle.village !== village || bundle.serial !== serial

const prepare = async (work: Work): Promise<{ outcome: Prepared['outcome']; label?: Label }> => {
  const { own, village, options } = work
  const bundle = await readBundle(options.out, village.device)
  if (bundle === undefined) return { outcome: 'made', label: await replace(work) }
  const claim = own.find(({ expiresAt }) => expiresAt === bundle.expiresAt)
  // A correction that was cut short leaves the claim withdrawn and the former bundle.
  if (differs(bundle, village) && (claim?.state === 'open' || claim?.state === 'withdrawn')) {
    return { outcome: 'corrected', label: await replace(work) }
  }
  if (claim?.state === 'open') return keep(work, bundle)
  if (claim !== undefined && !options.renew) return { outcome: claim.state }
  return { outcome: 'renewed', label: await replace(work) }
}

const replace = async (work: Work): Promise<Label> => {
  for (const lost of work.own) if (lost.state === 'open') await work.claims.withdraw(lost.id)
  // The label of an earlier code would pass for the new one's if this were cut short after the new file.
  await dropLabel(work.options.out, work.village.device)
  return make(work)
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
