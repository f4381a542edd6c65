import { Errors } from 'typebox/value'
import {
  genericSlug,
  MfpProfile,
  type ProfileKind,
  simulatedSlug,
  TerminalProfile,
} from '../../protocol/firmware-profile.ts'
import { fits } from '../../protocol/fits.ts'
import { sharedMfpSign, sharedTerminalSign } from '../../protocol/profile-matching.ts'
import { ProblemError } from '../problem.ts'
import { type KeptProfile, keyOf, type Shelf } from './shelf.ts'

const schemas = { mfps: MfpProfile, terminals: TerminalProfile }

/** A sign that two profiles of a kind share; `undefined` where there is none. */
export const sharedSign = (
  kind: ProfileKind,
  one: KeptProfile['profile'],
  other: KeptProfile['profile'],
): string | undefined =>
  kind === 'mfps'
    ? sharedMfpSign((one as MfpProfile).match, (other as MfpProfile).match)
    : sharedTerminalSign((one as TerminalProfile).match, (other as TerminalProfile).match)

const hasSign = (profile: MfpProfile | TerminalProfile): boolean =>
  Object.values(profile.match).some((signs) => signs.length > 0)

/**
 * A profile that somebody brings, checked against its schema and all others. Throws `ProblemError`: `invalid` when it
 * is none, `conflict` when some device would fit it and another one too.
 */
export const checkProfile = (
  { kind, slug }: Pick<KeptProfile, 'kind' | 'slug'>,
  content: unknown,
  shelf: Shelf,
): MfpProfile | TerminalProfile => {
  const schema = schemas[kind]
  if (!fits(schema, content)) {
    const [first] = Errors(schema, content)
    throw new ProblemError(
      'invalid',
      `The profile is wrong at ${first?.instancePath || '/'}: ${first?.message}`,
    )
  }
  if (content.slug !== slug)
    throw new ProblemError('invalid', `The profile says that its slug is ${content.slug}`)
  const special = slug === genericSlug || slug === simulatedSlug
  if (special && hasSign(content) && slug === genericSlug) {
    throw new ProblemError(
      'invalid',
      'The generic profile is chosen where no other fits, by no sign of its own',
    )
  }
  if (!special && kind === 'mfps' && !hasSign(content)) {
    throw new ProblemError('invalid', 'A profile needs a sign by which its model is known')
  }
  for (const other of shelf.values()) {
    if (other.kind !== kind || keyOf(other) === keyOf({ kind, slug })) continue
    const sign = sharedSign(kind, content, other.profile)
    if (sign !== undefined) {
      throw new ProblemError('conflict', `Some devices would fit ${other.slug} too, by ${sign}`)
    }
  }
  return content
}
