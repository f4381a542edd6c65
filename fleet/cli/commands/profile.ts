import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Option, type Command as Program } from 'commander'
import type { ProfileKind } from '../../../protocol/firmware-profile.ts'
import type { ProfileAnswer, ProfileList } from '../../api/profile-schemas.ts'
import { profileApi } from '../../web/profile-api.ts'
import { UsageError } from '../exit.ts'
import type { Shell } from '../shell.ts'

const origins = { release: 'profile.ofRelease', fleet: 'profile.ofFleet' } as const

const line = ({ t }: Shell, { kind, slug, name, origin }: ProfileList['profiles'][number]): string =>
  `${kind}/${slug}\t${name}\t${t(origins[origin])}`

/** The recovery steps of a profile in words, the mildest first. */
const steps = ({ t }: Shell, { profile }: ProfileAnswer): string =>
  profile.recovery
    .map(
      ({ step, note }, index) =>
        `${index + 1}. ${t(`recovery.${step}`)}${note === undefined ? '' : ` (${note})`}`,
    )
    .join('\n')

const readProfile = async (file: string): Promise<{ readonly slug: string }> => {
  const json =
    file === '-'
      ? await text(process.stdin)
      : await readFile(file, 'utf8').catch((cause: unknown) => {
          throw new UsageError(`${file} cannot be read`, { cause })
        })
  try {
    const profile: unknown = JSON.parse(json)
    if (
      typeof profile === 'object' &&
      profile !== null &&
      'slug' in profile &&
      typeof profile.slug === 'string'
    ) {
      return { ...profile, slug: profile.slug }
    }
  } catch (cause) {
    throw new UsageError(`${file} is not JSON`, { cause })
  }
  throw new UsageError(`${file} names no slug`)
}

const kindOption = () =>
  new Option('--kind <kind>', 'printers and scanners, or infomats')
    .choices(['mfps', 'terminals'])
    .default('mfps')

/** `avyl profile list|show|put|remove|seed` */
export const addProfiles = (program: Program, shell: () => Promise<Shell>): void => {
  const profile = program
    .command('profile')
    .summary('see, add or replace firmware profiles; make the draft of one')
    .description('What is known of models of printers, scanners and infomats, as data.')
  profile
    .command('list')
    .description('List all profiles and name the edition that they make.')
    .action(async () => {
      const open = await shell()
      const list = await profileApi(open.api).list()
      const edition = open.t('profile.edition', { sha256: list.edition })
      open.answer(list, [...list.profiles.map((one) => line(open, one)), edition].join('\n'))
    })
  profile
    .command('show')
    .description('Show one profile.')
    .argument('<slug>', 'as in pantum/bm5100adw')
    .addOption(kindOption())
    .action(async (slug: string, { kind }: { kind: ProfileKind }) => {
      const open = await shell()
      const found = await profileApi(open.api).get(kind, slug)
      const words = [line(open, found), JSON.stringify(found.profile, null, 2), steps(open, found)]
      open.answer(found, words.join('\n'))
    })
  profile
    .command('put')
    .description('Add a profile, or put one in the place of another. The answer names the new edition.')
    .argument('<file>', 'a JSON file, or - for standard input')
    .addOption(kindOption())
    .action(async (file: string, { kind }: { kind: ProfileKind }) => {
      const content = await readProfile(file)
      const open = await shell()
      const kept = await profileApi(open.api).put(kind, content.slug, content)
      open.answer(kept, [line(open, kept), open.t('profile.edition', { sha256: kept.edition })].join('\n'))
    })
  profile
    .command('remove')
    .description(
      "Take away a profile of the fleet's own; that of the release, where there is one, holds again.",
    )
    .argument('<slug>', 'as in pantum/bm5100adw')
    .addOption(kindOption())
    .action(async (slug: string, { kind }: { kind: ProfileKind }) => {
      const open = await shell()
      await profileApi(open.api).remove(kind, slug)
      open.answer({ kind, slug, removed: true }, open.t('profile.removed', { slug }))
    })
  profile
    .command('seed')
    .description('Print the draft of a profile for the devices of a terminal that no profile knows.')
    .argument('<terminal>', 'id of a terminal')
    .addOption(new Option('--description', 'print what the devices said of themselves instead'))
    .action(async (terminal: string, { description }: { description?: true }) => {
      const open = await shell()
      const seed = await profileApi(open.api).seed(terminal)
      const wanted = description ? seed.description : seed.draft
      open.answer(wanted, JSON.stringify(wanted, null, 2))
    })
}
