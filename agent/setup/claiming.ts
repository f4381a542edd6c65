import { Check } from 'typebox/value'
import { type ClaimFile, codeOfMark } from '../../protocol/claim-file.ts'
import { type Admission, claimCodePattern, readClaimCode } from '../../protocol/enrolment.ts'
import { type Claimed, ClaimInput, needsClaim } from '../../protocol/setup.ts'
import { type Claim, ClaimError, type Identity, type IdentityState } from '../identity/identity.ts'
import type { Credentials } from '../link/credentials.ts'
import type { ClaimFiles } from './claim-files.ts'
import { SetupFault } from './fault.ts'

/** Hands a claim to the terminal's identity. */
export interface Claiming {
  /**
   * Resolves when the fleet has answered, or when it cannot be reached: the claim is kept and tried again. Throws
   * `SetupFault` where there is no claim, or the fleet refuses it.
   */
  claim(input: unknown, signal: AbortSignal): Promise<Claimed>
}

/** What claiming needs. */
export interface ClaimingParts {
  readonly identity: Pick<Identity, 'state' | 'changes' | 'device' | 'village' | 'serial' | 'enrol'>
  readonly files: ClaimFiles
  /** Where the fleet is and how it is known, for a code on a terminal whose configuration does not say it. */
  readonly whereFleet: () => Promise<Pick<Credentials, 'address' | 'ca'> | undefined>
}

const isCode = new RegExp(claimCodePattern)

/** Claims by code or by file. */
export const createClaiming = ({ identity, files, whereFleet }: ClaimingParts): Claiming => {
  const claimed = (): Claimed => ({
    ...(identity.device === undefined ? {} : { device: identity.device }),
    ...(identity.village === undefined ? {} : { village: identity.village }),
  })
  const ofFile = ({ code, fleet, ca, serial }: ClaimFile): Claim => {
    if (serial !== undefined && serial !== identity.serial) throw new SetupFault('serial-differs')
    return { code, fleet, ca }
  }
  const toClaim = async (input: unknown): Promise<Claim> => {
    if (!Check(ClaimInput, input)) throw new SetupFault('code-invalid')
    const code = input.code === undefined ? undefined : codeOf(input.code)
    const file = input.file ?? (await (code === undefined ? files.own() : files.withCode(code)))
    if (file !== undefined) return ofFile(file)
    if (code === undefined) throw new SetupFault('code-invalid')
    return { code }
  }
  const enrol = async (claim: Claim): Promise<void> => {
    try {
      await identity.enrol(claim)
    } catch (thrown) {
      if (!(thrown instanceof ClaimError)) throw thrown
      const { problem, message } = thrown
      const isCodeAlone = problem === 'fleet-unknown' && claim.fleet === undefined
      const known = isCodeAlone ? await whereFleet() : undefined
      if (known === undefined) throw new SetupFault(problem, message, { cause: thrown })
      await enrol({ ...claim, fleet: known.address, ca: known.ca })
    }
  }
  return {
    async claim(input, signal) {
      const admission = admissionOf(identity.state)
      if (!needsClaim(admission)) return { ...claimed(), admission }
      await enrol(await toClaim(input))
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

/** What the fleet has said of this terminal; `undefined` where it said nothing, or nothing of its newest claim. */
export const admissionOf = ({ is }: IdentityState): Admission | undefined =>
  is === 'pending' || is === 'accepted' || is === 'quarantined' || is === 'revoked' ? is : undefined

/** What a state means for who waits for the claim; `undefined` while it is being tried. Throws `SetupFault`. */
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
  if (state.is === 'revoked') throw new SetupFault('revoked')
  return state.is === 'unclaimed' ? undefined : { admission: state.is }
}
