import { readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { kernelText, numbersOf, type Reader } from './reader.ts'

/**
 * How far an eMMC is worn by its own estimate, from `life_time`: two bytes in steps of a tenth, 0 where it does not
 * say, 11 beyond its life (JEDEC JESD84-B51 7.4.33). Other disks tell it to root alone.
 */
const wearOf = async (sys: string, signal: AbortSignal): Promise<number | undefined> => {
  const disks = await readdir(join(sys, 'block')).catch((): string[] => [])
  const texts = await Promise.all(
    disks.slice(0, 64).map((disk) => kernelText(join(sys, 'block', disk, 'device', 'life_time'), signal)),
  )
  const tenths = texts.flatMap((text) => text.trim().split(/\s+/).map(Number))
  const worst = Math.max(0, ...tenths.filter((tenth) => tenth >= 1 && tenth <= 11))
  return worst === 0 ? undefined : Math.min(1, worst / 10)
}

/** Room on the disk of a folder, and the wear of the machine's disks. */
export const diskReader = (folder: string, sys: string): Reader => ({
  name: 'disk',
  async read(signal) {
    const [{ blocks, bavail, bsize }, wear] = await Promise.all([statfs(folder), wearOf(sys, signal)])
    return numbersOf({ disk: 1 - bavail / blocks, disk_free: bavail * bsize, disk_wear: wear })
  },
})
