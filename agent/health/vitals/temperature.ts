import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { kernelText, numbersOf, type Reader } from './reader.ts'

/** What no machine that works can have; a sensor that is not wired says such a thing. */
const possible = (celsius: number): boolean => celsius > -40 && celsius < 150

/** The hottest place of the machine (`thermal_zone*`, in thousandths of a degree). */
export const temperatureReader = (sys: string): Reader => {
  const folder = join(sys, 'class', 'thermal')
  return {
    name: 'temperature',
    async read(signal) {
      const names = await readdir(folder).catch((): string[] => [])
      const zones = names.filter((name) => name.startsWith('thermal_zone')).slice(0, 32)
      const texts = await Promise.all(zones.map((zone) => kernelText(join(folder, zone, 'temp'), signal)))
      const celsius = texts.filter((text) => /^-?\d+\s*$/.test(text)).map((text) => Number(text) / 1000)
      const found = celsius.filter(possible)
      return numbersOf({ temperature: found.length > 0 ? Math.max(...found) : undefined })
    },
  }
}
