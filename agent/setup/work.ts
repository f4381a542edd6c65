import { createHash, randomBytes } from 'node:crypto'
import { CommandError } from '../../protocol/errors.ts'
import type { SetupProgress, SetupStep, SheetData, StepResult } from '../../protocol/setup.ts'
import type { PaperPath } from '../capabilities/paper-path.ts'
import type { Identity } from '../identity/identity.ts'
import type { AcceptanceDesk } from './acceptance.ts'
import { runChecks } from './checks.ts'
import type { Claiming } from './claiming.ts'
import { deviceFault, SetupFault } from './fault.ts'
import type { SetupRecord, SheetRecord } from './record.ts'
import type { SheetDesk } from './sheet/desk.ts'
import { recogniseSheet } from './sheet/recognise.ts'
import { sheetHash } from './sheet/sheet.ts'
import { measureUplink, type UplinkParts } from './uplink.ts'

/** What the steps work with. */
export interface WorkParts {
  readonly identity: Pick<Identity, 'state' | 'device' | 'village' | 'fingerprint' | 'serial'>
  readonly record: SetupRecord
  readonly uplink: UplinkParts
  readonly claiming: Claiming
  /** Looks which devices are there now, and opens what it finds. */
  readonly look: (signal: AbortSignal) => Promise<void>
  readonly paper: PaperPath
  readonly selftest: Parameters<typeof runChecks>[0]
  /** The profile in use: its name, and whether it is that of this very model. */
  readonly profile: () => { readonly name: string; readonly known: boolean }
  readonly desk: SheetDesk
  readonly acceptance: AcceptanceDesk
  readonly agentVersion: string
  readonly now: () => number
}

/** What a running step may use. */
export interface StepContext {
  readonly signal: AbortSignal
  show(percent: number): void
}

/** One step: resolves to what it leaves behind, or throws. It may be run again at any time. */
export type StepWork = {
  readonly [S in SetupStep]: (input: unknown, context: StepContext) => Promise<StepResult<S>>
}

/** The steps of setting up. */
export const createStepWork = (parts: WorkParts): StepWork => ({
  uplink: (_, { show, signal }) => measureUplink(parts.uplink, show, signal),
  claim: (input, { signal }) => parts.claiming.claim(input, signal),
  devices: (_, { signal }) => findDevices(parts, signal),
  selftest: async (_, { show, signal }) => ({
    checks: [...(await runChecks(parts.selftest, parts.paper, measured(parts), show, signal))],
  }),
  print: (_, context) => printSheet(parts, context),
  scan: (_, context) => scanSheet(parts, context),
  handover: (_, { signal }) => handOver(parts, signal),
})

/** The line as it was measured last, unless that failed since. */
const measured = ({ record }: WorkParts) => {
  const { state, result } = record.steps.uplink
  return state === 'done' ? result : undefined
}

const findDevices = async ({ look, paper, profile }: WorkParts, signal: AbortSignal) => {
  await look(signal)
  const [scanner, printer] = await Promise.all([
    orAbsent(paper.describeScanner(signal).then(({ vendor, model }) => `${vendor} ${model}`.trim())),
    orAbsent(paper.describePrinter(signal).then(({ makeAndModel }) => makeAndModel)),
  ])
  signal.throwIfAborted()
  const { name, known } = profile()
  return { ...(scanner ? { scanner } : {}), ...(printer ? { printer } : {}), profile: name, known }
}

/** What does not answer is not there; that is what the step tells, and no reason to stop at it. */
const orAbsent = (found: Promise<string>): Promise<string | undefined> =>
  found.then(
    (name) => name.slice(0, 300),
    () => undefined,
  )

/** What the sheet says. The same facts give the same hash, so that any print of them is recognised. */
const sheetData = ({ identity, record, agentVersion }: WorkParts): SheetData => {
  const { uplink, devices, selftest } = record.steps
  if (selftest.result === undefined) throw new SetupFault('needs-selftest')
  const { device, village } = identity
  const madeAt = Math.max(...[uplink, devices, selftest].map(({ at }) => at ?? 0))
  return {
    version: 1,
    ...(device === undefined ? {} : { device }),
    ...(village === undefined ? {} : { village }),
    serial: identity.serial,
    fingerprint: identity.fingerprint,
    agent: agentVersion,
    madeAt,
    ...(uplink.result === undefined ? {} : { uplink: uplink.result }),
    devices: devices.result ?? { profile: 'generic', known: false },
    checks: selftest.result.checks,
  }
}

const mostEarlier = 10

const printSheet = async (parts: WorkParts, { show, signal }: StepContext): Promise<StepResult<'print'>> => {
  const { record, desk, paper } = parts
  const data = sheetData(parts)
  const hash = sheetHash(data)
  const before = record.sheet
  const earlier = before === undefined ? [] : [...new Set([before.hash, ...before.earlier])]
  const nonce = randomBytes(8).toString('hex').toUpperCase()
  const sheet: SheetRecord = {
    data,
    hash,
    nonce,
    began: before?.hash === hash && before.began,
    earlier: earlier.filter((one) => one !== hash).slice(0, mostEarlier),
  }
  record.setSheet(sheet)
  show(10)
  try {
    const { impressions } = await desk.draw(
      data,
      nonce,
      (file) => {
        show(30)
        const began = async () => record.setSheet({ ...sheet, began: true })
        return paper.print(file, began, () => show(60), signal)
      },
      signal,
    )
    return { hash, nonce, impressions }
  } catch (thrown) {
    signal.throwIfAborted()
    throw deviceFault(thrown, 'no-printer')
  }
}

/** At 300 dpi the codes are read askew, upside down and from a copy of 75 dpi. */
const sheetDpi = 300

const scanSheet = async (parts: WorkParts, { show, signal }: StepContext): Promise<StepResult<'scan'>> => {
  const { record, desk, paper, acceptance } = parts
  const { sheet } = record
  if (sheet?.began !== true) throw new SetupFault('needs-print')
  try {
    show(5)
    const page = await paper.scan({ dpi: sheetDpi, mode: 'grey' }, signal)
    show(60)
    const read = await desk.read(page.bytes, signal)
    const { hash, nonce } = recogniseSheet(read, page.blank, sheet)
    show(90)
    await acceptance.keepPicture(page.preview)
    // It is known now that it came out, whatever the printer said or could not say of it.
    const { print } = record.steps
    if (print.state !== 'done') {
      const result = { hash, nonce, impressions: print.result?.impressions ?? 1 }
      record.setStep('print', { state: 'done', at: parts.now(), result })
    }
    const sha256 = createHash('sha256').update(page.bytes).digest('hex')
    return {
      hash,
      sha256,
      bytes: page.bytes.length,
      width: page.width,
      height: page.height,
      turned: read.turned,
    }
  } catch (thrown) {
    signal.throwIfAborted()
    throw deviceFault(thrown, 'no-scanner')
  }
}

const handOver = async (parts: WorkParts, signal: AbortSignal): Promise<StepResult<'handover'>> => {
  const { record, acceptance, identity } = parts
  const { sheet, steps } = record
  const { print, scan } = steps as Pick<SetupProgress, 'print' | 'scan'>
  if (sheet === undefined || scan.result?.hash !== sheet.hash || print.result === undefined) {
    throw new SetupFault('needs-scan')
  }
  const admission = () => {
    const { is } = identity.state
    if (is === 'revoked') throw new SetupFault('revoked')
    if (is === 'enrolling') throw new SetupFault('fleet-unreachable')
    if (is === 'unclaimed' || is === 'refused') throw new SetupFault('needs-claim')
    return is
  }
  admission()
  await acceptance.send({ sheet: sheet.data, printed: print.result, recognised: scan.result }, signal)
  return { reportedAt: parts.now(), admission: admission() }
}

/** Any thrown value as the problem of a step. */
export const asSetupFault = (thrown: unknown): SetupFault => {
  if (thrown instanceof SetupFault) return thrown
  if (thrown instanceof CommandError) return deviceFault(thrown, 'no-printer')
  return new SetupFault('internal', thrown instanceof Error ? thrown.message : '', { cause: thrown })
}
