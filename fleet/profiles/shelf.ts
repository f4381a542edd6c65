import type {
  MfpProfile,
  ProfileKind,
  ProfilesEdition,
  TerminalProfile,
} from '../../protocol/firmware-profile.ts'

/** One profile and where it comes from. */
export interface KeptProfile {
  readonly kind: ProfileKind
  readonly slug: string
  readonly profile: MfpProfile | TerminalProfile
  readonly origin: 'release' | 'fleet'
  /** Of the fleet's own: counted from 1; 0 for that of the release. */
  readonly version: number
}

/** The name of a profile among all. */
export const keyOf = ({ kind, slug }: Pick<KeptProfile, 'kind' | 'slug'>): string => `${kind}/${slug}`

/** All profiles at one time, those of the fleet in place of the release's. */
export type Shelf = ReadonlyMap<string, KeptProfile>

const bySlug = (one: { readonly slug: string }, other: { readonly slug: string }): number =>
  one.slug < other.slug ? -1 : 1

/** The edition that these profiles make; the same profiles make the same edition. */
export const editionOfShelf = (shelf: Shelf): ProfilesEdition => {
  const of = (kind: ProfileKind) => [...shelf.values()].filter((kept) => kept.kind === kind)
  return {
    v: 1,
    mfps: of('mfps')
      .map(({ profile }) => profile as MfpProfile)
      .sort(bySlug),
    terminals: of('terminals')
      .map(({ profile }) => profile as TerminalProfile)
      .sort(bySlug),
  }
}
