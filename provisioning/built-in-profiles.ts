import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type {
  MfpProfile,
  ProfileKind,
  ProfilesEdition,
  TerminalProfile,
} from '../protocol/firmware-profile.ts'

/** The folder of the profiles that a release brings. */
export const profilesFolder = fileURLToPath(new URL('../firmware-profiles', import.meta.url))

/** A profile as its file holds it. */
export interface ProfileFile {
  readonly kind: ProfileKind
  /** Below the folder of its kind, without `.json`. */
  readonly slug: string
  readonly content: unknown
}

/** Reads every profile below `folder`, unchecked, sorted by kind and slug. */
export const readProfileFiles = async (folder = profilesFolder): Promise<ProfileFile[]> => {
  const files: ProfileFile[] = []
  for (const kind of ['mfps', 'terminals'] as const) {
    const names = await readdir(join(folder, kind), { recursive: true })
    for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
      const text = await readFile(join(folder, kind, name), 'utf8')
      files.push({
        kind,
        slug: name.slice(0, -'.json'.length).replaceAll('\\', '/'),
        content: JSON.parse(text),
      })
    }
  }
  return files
}

/** The edition that these files make; they are taken as valid, which a test of the release checks. */
export const editionOf = (files: readonly ProfileFile[]): ProfilesEdition => {
  const contents = (kind: ProfileKind) =>
    files.filter((file) => file.kind === kind).map(({ content }) => content)
  return {
    v: 1,
    mfps: contents('mfps') as MfpProfile[],
    terminals: contents('terminals') as TerminalProfile[],
  }
}
