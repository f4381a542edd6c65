import { rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { CommandError } from '../protocol/errors.ts'

/** What a disk has left for this process, in bytes; `folder` lies on it. Rejects with the system's error. */
export const freeBytes = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** Rejects with `refused`, to be asked again, where the disk of `folder` has less room than this, in bytes. */
export const demandRoom = async (folder: string, bytes: number): Promise<void> => {
  if ((await freeBytes(folder)) < bytes)
    throw new CommandError('refused', 'The disk of the terminal is full', { retryable: true })
}

/**
 * A file that holds room on the disk. A full disk would keep itself full: what cannot be written down as delivered is
 * not wiped, and without its log the database does not even open. INVARIANT: the file goes when the disk is full, and
 * comes again when there is room for much more.
 */
export interface Reserve {
  /** Judges the disk as it is now. Never rejects. */
  look(): Promise<void>
  /** Judges it again and again. */
  run(signal: AbortSignal): Promise<void>
}

const mebibyte = 1024 * 1024
const reserveMebibytes = 16
/** Several times what the log of the database grows to: what may be written without need leaves so much. */
export const reserveBytes = reserveMebibytes * mebibyte
const amplyFree = 8 * reserveBytes

/** The reserve in `folder`; `free` gives the room beside it, in bytes, and is asked every `everyMs` milliseconds. */
export const createReserve = (
  folder: string,
  logger: Logger,
  free = () => freeBytes(folder),
  everyMs = 60_000,
): Reserve => {
  const path = join(folder, 'reserve')
  const size = async () => (await stat(path).catch(() => undefined))?.size ?? 0

  const look = async () => {
    try {
      const [room, held] = await Promise.all([free(), size()])
      if (room < reserveBytes && held > 0) {
        await rm(path, { force: true })
        logger.warn({ room }, 'the disk is full: its reserve is given up')
      } else if (room >= amplyFree && held < reserveBytes) {
        // Written, because a hole holds no room.
        const zeros = Buffer.alloc(mebibyte)
        await writeFile(path, Array(reserveMebibytes).fill(zeros), { mode: 0o600 })
      }
    } catch (error) {
      logger.error({ error }, 'the reserve of the disk could not be kept')
    }
  }
  return {
    look,
    async run(signal) {
      while (!signal.aborted) {
        await sleep(everyMs, undefined, { signal }).catch(() => {})
        if (!signal.aborted) await look()
      }
    },
  }
}
