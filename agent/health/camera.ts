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

/**
 * Whether the camera is there: the device of the configuration, or any that the kernel has (`video4linux`). The kernel
 * takes the file away when the camera is unplugged; it is not opened, since that would wake it. One that nobody configured is missed only after
 * it was seen once.
 */
export const cameraProbe = (
  configured: string | undefined,
  folders = { class: '/sys/class/video4linux', devices: '/dev' },
): Probe => {
  let wasSeen = configured !== undefined
  const present = async (): Promise<boolean> => {
    if (configured !== undefined) return await isDevice(configured)
    const names = await readdir(folders.class).catch((): string[] => [])
    const videos = names.filter((name) => /^video\d+$/.test(name))
    const found = await Promise.all(videos.map((name) => isDevice(join(folders.devices, name))))
    return found.includes(true)
  }
  return async () => {
    const isThere = await present()
    wasSeen ||= isThere
    if (!wasSeen) return undefined
    return isThere ? { present: true, ok: true } : { present: false, ok: false, detail: 'The camera is gone' }
  }
}
