import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { door as paths } from '../../protocol/door.ts'
import { maxEditionBytes, type ProfilesEdition } from '../../protocol/firmware-profile.ts'
import { writeWhole } from '../../vault/durable-file.ts'
import { type Door, readBounded } from '../link/https.ts'
import { EditionError } from './edition-error.ts'

/** An edition and its name: the SHA-256 of its canonical text. */
export interface NamedEdition {
  readonly edition: ProfilesEdition
  readonly sha256: string
}

/** The editions of the profiles that lie on this terminal: that of the agent's release, and one of the fleet. */
export interface Editions {
  /** The profiles of the release. */
  builtIn(): Promise<NamedEdition>
  /** An edition of the fleet that was brought before; `undefined` when it is not there or was harmed. */
  kept(sha256: string): Promise<ProfilesEdition | undefined>
  /**
   * Brings an edition, checks it and keeps it on the disk in place of others, but for the one in use, to which the
   * terminal may have to go back. Throws `EditionError` when it will never be usable, another error when the line failed.
   */
  bring(sha256: string, inUse: string | undefined, signal: AbortSignal): Promise<void>
}

const maxPackedBytes = 1024 * 1024

/** The name of the edition with this canonical text. */
export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

const unpack = async (packed: Buffer): Promise<string> => {
  try {
    return (await promisify(gunzip)(packed, { maxOutputLength: maxEditionBytes })).toString('utf8')
  } catch (cause) {
    throw new EditionError('The edition cannot be unpacked', { cause })
  }
}

/** The edition that a text holds. Loads the checks only now: few terminals ever get an edition. */
const checked = async (text: string): Promise<ProfilesEdition> => {
  const [{ Check, Errors }, { ProfilesEdition: schema }] = await Promise.all([
    import('typebox/value'),
    import('../../protocol/firmware-profile.ts'),
  ])
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new EditionError('The edition is no JSON', { cause })
  }
  if (!Check(schema, value)) {
    const [first] = Errors(schema, value)
    throw new EditionError(`The edition does not fit at ${first?.instancePath.slice(0, 100) || '/'}`)
  }
  return value
}

/** The editions in `folder`; `release` reads the profiles that came with the agent. */
export const createEditions = (
  folder: string,
  door: Pick<Door, 'ask'>,
  release: () => Promise<NamedEdition>,
): Editions => {
  const fileOf = (sha256: string) => join(folder, `${sha256}.json`)
  const download = async (sha256: string, signal: AbortSignal): Promise<string> => {
    const answer = await door.ask({ method: 'GET', path: paths.profiles(sha256), signal })
    try {
      const status = answer.statusCode ?? 0
      if (status === 404 || status === 410) throw new EditionError('The fleet has no such edition')
      if (status !== 200) throw new Error(`The fleet answered ${status} to a download`)
      const packed = await readBounded(answer, maxPackedBytes).catch((cause: unknown) => {
        if (cause instanceof RangeError) throw new EditionError('The edition is too large', { cause })
        throw cause
      })
      return await unpack(packed)
    } finally {
      answer.destroy()
    }
  }
  return {
    builtIn: release,
    async kept(sha256) {
      const text = await readFile(fileOf(sha256), 'utf8').catch(() => '')
      // Checked when it was brought; the hash says that it is still the same.
      return sha256Of(text) === sha256 ? (JSON.parse(text) as ProfilesEdition) : undefined
    },
    async bring(sha256, inUse, signal) {
      const text = await download(sha256, signal)
      if (sha256Of(text) !== sha256) throw new EditionError('The edition is not the one that was asked for')
      await checked(text)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeWhole(fileOf(sha256), text)
      const kept = [sha256, inUse].map((name) => `${name}.json`)
      for (const name of await readdir(folder)) {
        if (!kept.includes(name)) await rm(join(folder, name), { force: true })
      }
    },
  }
}
