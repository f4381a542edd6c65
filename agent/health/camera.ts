import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CapabilityReport } from '../../protocol/messages.ts'

/** Says of something that is looked at how it is; `undefined` where this terminal is not known to have it. */
export type Probe = (signal: AbortSignal) => Promise<CapabilityReport | undefined>

const isDevice = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isCharacterDevice(),
    () => false,
  )

/** Where the kernel keeps what is known of cameras, and their devices. */
export interface CameraFolders {
  readonly class: string
  readonly devices: string
}

const systemFolders: CameraFolders = { class: '/sys/class/video4linux', devices: '/dev' }

/** The camera's device file: that of the configuration, or the first that the kernel has (`video4linux`). */
export const findCamera = async (
  configured: string | undefined,
  folders = systemFolders,
): Promise<string | undefined> => {
  if (configured !== undefined) return (await isDevice(configured)) ? configured : undefined
  const names = await readdir(folders.class).catch((): string[] => [])
  const numbers = names.flatMap((name) => /^video(\d+)$/.exec(name)?.[1] ?? []).map(Number)
  for (const number of numbers.sort((one, other) => one - other)) {
    const file = join(folders.devices, `video${number}`)
    if (await isDevice(file)) return file
  }
  return undefined
}

/**
 * Whether the camera is there. The kernel takes the file away when the camera is unplugged; it is not opened, since that
 * would wake it. One that nobody configured is missed only after it was seen once.
 */
export const cameraProbe = (configured: string | undefined, folders = systemFolders): Probe => {
  let wasSeen = configured !== undefined
  return async () => {
    const isThere = (await findCamera(configured, folders)) !== undefined
    wasSeen ||= isThere
    if (!wasSeen) return undefined
    return isThere ? { present: true, ok: true } : { present: false, ok: false, detail: 'The camera is gone' }
  }
}
