import type { Dirent } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Check } from 'typebox/value'
import { ClaimFile, claimFileName, maxClaimFileBytes } from '../../protocol/claim-file.ts'
import type { SetupProblem } from '../../protocol/setup.ts'
import type { Clock } from '../link/clock.ts'
import { SetupFault } from './fault.ts'

/** The claim files on a memory stick or on the disk, read anew each time. */
export interface ClaimFiles {
  /**
   * The one for this terminal; `undefined` where there is no file at all. Throws `SetupFault` where there are files, and
   * none of them is certain to be its own; its detail names their villages.
   */
  own(): Promise<ClaimFile | undefined>
  /** The one with this code. */
  withCode(code: string): Promise<ClaimFile | undefined>
  /** The newest of all, whosever it is: the files of one fleet all say where it is and how it is known. */
  newest(): Promise<ClaimFile | undefined>
}

/** The claim files in these folders and below them, for a terminal with this serial number. */
export const createClaimFiles = (
  folders: readonly string[],
  serial: string,
  clock: Pick<Clock, 'now' | 'trusted'>,
): ClaimFiles => {
  // By a clock that may be years ahead nothing is thrown away: the fleet judges the code itself.
  const isExpired = ({ expiresAt }: ClaimFile) => clock.trusted && expiresAt <= clock.now()
  return {
    async own() {
      const files = await readClaimFiles(folders)
      if (files.length === 0) return undefined
      const none = (problem: SetupProblem) =>
        new SetupFault(problem, [...new Set(files.map(({ village }) => village))].sort().join(', '))
      const fitting = files.filter((file) => file.serial === undefined || file.serial === serial)
      if (fitting.length === 0) throw none('serial-differs')
      const valid = fitting.filter((file) => !isExpired(file))
      if (valid.length === 0) throw none('claim-expired')
      const named = valid.filter((file) => file.serial === serial)
      const left = named.length > 0 ? named : valid
      if (new Set(left.map(({ device }) => device)).size > 1) throw none('claim-other-device')
      return left[0]
    },
    withCode: async (code) => (await readClaimFiles(folders)).find((file) => file.code === code),
    newest: async () => (await readClaimFiles(folders))[0],
  }
}

/** A desktop mounts at `/media/<person>/<stick>`, and what the depot made has a folder for each village in one for all. */
const levels = 4
/** More than there are villages, and little enough for a stick full of photographs. */
const mostFolders = 2000

/** The newest one first, those of the upper folders before those below. What cannot be read is passed over. */
const readClaimFiles = async (folders: readonly string[]): Promise<readonly ClaimFile[]> => {
  const found: ClaimFile[] = []
  let left = mostFolders
  let level = folders
  for (let depth = 0; depth <= levels; depth += 1) {
    const below: string[] = []
    for (const folder of level.slice(0, left)) {
      left -= 1
      const entries: readonly Dirent[] = await readdir(folder, { withFileTypes: true }).catch(() => [])
      const inside = entries.filter((entry) => entry.isDirectory()).slice(0, left)
      below.push(...inside.map(({ name }) => join(folder, name)))
      // A pipe of that name would never open.
      if (!entries.some((entry) => entry.isFile() && entry.name === claimFileName)) continue
      const file = await readClaimFile(join(folder, claimFileName))
      if (file !== undefined) found.push(file)
    }
    level = below
  }
  return found.sort((one, other) => other.expiresAt - one.expiresAt)
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
