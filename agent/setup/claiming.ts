import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Check } from 'typebox/value'
import { ClaimFile, claimFileName, codeOfMark, maxClaimFileBytes } from '../../protocol/claim-file.ts'
import { claimCodePattern, readClaimCode } from '../../protocol/enrolment.ts'
import { type Claimed, ClaimInput } from '../../protocol/setup.ts'
import type { Claim, Identity, IdentityState } from '../identity/identity.ts'
import { SetupFault } from './fault.ts'

/** Hands a claim to the terminal's identity. */
export interface Claiming {
  /** Resolves when the fleet has answered, or when it cannot be reached: the claim is kept and tried again. */
  claim(input: unknown, signal: AbortSignal): Promise<Claimed>
  /** A claim file in one of the folders, such as that of a memory stick. */
  find(): Promise<ClaimFile | undefined>
}

const isCode = new RegExp(claimCodePattern)

/** Claims by code or by file; files are looked for in `folders` and two levels below. */
export const createClaiming = (
  identity: Pick<Identity, 'state' | 'changes' | 'device' | 'village' | 'serial' | 'enrol'>,
  folders: readonly string[],
): Claiming => {
  const claimed = (): Claimed => ({
    ...(identity.device === undefined ? {} : { device: identity.device }),
    ...(identity.village === undefined ? {} : { village: identity.village }),
  })
  const toClaim = async (input: unknown): Promise<Claim> => {
    if (!Check(ClaimInput, input)) throw new SetupFault('code-invalid')
    if (input.code !== undefined) return { code: codeOf(input.code) }
    const file = input.file ?? (await findClaimFile(folders))
    if (file === undefined) throw new SetupFault('code-invalid')
    const { code, fleet, ca, serial } = file
    if (serial !== undefined && serial !== identity.serial) throw new SetupFault('serial-differs')
    return { code, fleet, ca }
  }
  return {
    find: () => findClaimFile(folders),
    async claim(input, signal) {
      const { is } = identity.state
      if (is === 'pending' || is === 'accepted' || is === 'quarantined')
        return { ...claimed(), admission: is }
      await identity.enrol(await toClaim(input))
      for await (const state of identity.changes(signal)) {
        const end = endOf(state)
        if (end !== undefined) return { ...claimed(), ...end }
      }
      throw signal.reason
    },
  }
}

const codeOf = (typed: string): string => {
  const code = readClaimCode(codeOfMark(typed))
  if (!isCode.test(code)) throw new SetupFault('code-invalid')
  return code
}

/** What a state means for who waits for the claim; `undefined` while it is being tried. */
export const endOf = (state: IdentityState): Pick<Claimed, 'admission'> | undefined => {
  if (state.is === 'refused') {
    const { problem } = state
    const odd = problem === 'csr-invalid' || problem === 'renewal-too-late'
    throw new SetupFault(odd ? 'internal' : problem)
  }
  if (state.is === 'enrolling') {
    if (state.trouble === 'untrusted') throw new SetupFault('fleet-untrusted')
    return state.trouble === 'unreachable' ? {} : undefined
  }
  return state.is === 'unclaimed' ? undefined : { admission: state.is }
}

const mostEntries = 50

/** Looks into a folder and two levels below it; what cannot be read is passed over. */
const findClaimFile = async (folders: readonly string[], levels = 2): Promise<ClaimFile | undefined> => {
  for (const folder of folders) {
    const own = await readClaimFile(join(folder, claimFileName))
    if (own !== undefined) return own
    if (levels === 0) continue
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    const below = entries.filter((entry) => entry.isDirectory()).slice(0, mostEntries)
    const found = await findClaimFile(
      below.map(({ name }) => join(folder, name)),
      levels - 1,
    )
    if (found !== undefined) return found
  }
  return undefined
}

const readClaimFile = async (path: string): Promise<ClaimFile | undefined> => {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxClaimFileBytes), 0, maxClaimFileBytes, 0)
    const value: unknown = JSON.parse(buffer.toString('utf8', 0, bytesRead))
    return Check(ClaimFile, value) ? value : undefined
  } catch {
    return undefined
  } finally {
    await file.close()
  }
}
