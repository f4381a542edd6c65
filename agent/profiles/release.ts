import { readFile } from 'node:fs/promises'
import { canonical } from '../../protocol/canonical.ts'
import type { ProfilesEdition } from '../../protocol/firmware-profile.ts'
import { type NamedEdition, sha256Of } from './editions.ts'

/**
 * The profiles that came with the agent: from the file beside its bundle, or from their folder beside the sources. Read
 * when they are needed and not kept: they would take more memory than the agent has to spare.
 */
export const releaseProfiles = async (file: string | undefined): Promise<NamedEdition> => {
  if (file !== undefined) {
    const text = await readFile(file, 'utf8')
    return { edition: JSON.parse(text) as ProfilesEdition, sha256: sha256Of(text) }
  }
  const { editionOf, readProfileFiles } = await import('../../provisioning/built-in-profiles.ts')
  const edition = editionOf(await readProfileFiles())
  return { edition, sha256: sha256Of(canonical(edition)) }
}
