import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a SANE configuration is made for. */
export interface SaneNeeds {
  /** The one backend that is enabled. */
  readonly backend: string
  /** WS-Discovery is turned off (of the airscan backend). */
  readonly noWsd: boolean
}

const withoutWsd = (configuration: string): string => {
  const lines = configuration.split('\n').filter((line) => !/^\s*ws-discovery\s*=/.test(line))
  const at = lines.findIndex((line) => line.trim() === '[options]')
  return at < 0
    ? [...lines, '[options]', 'ws-discovery = off', ''].join('\n')
    : lines.toSpliced(at + 1, 0, 'ws-discovery = off').join('\n')
}

/**
 * Writes a folder for `SANE_CONFIG_DIR` that enables one backend, with that backend's configuration of the system: SANE
 * then looks for devices in milliseconds, where with all backends it takes seconds. Resolves to the folder.
 */
export const writeSaneConfiguration = async (
  folder: string,
  { backend, noWsd }: SaneNeeds,
  system = '/etc/sane.d',
): Promise<string> => {
  const own = join(folder, noWsd ? `${backend}-no-wsd` : backend)
  await mkdir(own, { recursive: true, mode: 0o700 })
  await writeFile(join(own, 'dll.conf'), `${backend}\n`)
  const configuration = await readFile(join(system, `${backend}.conf`), 'utf8').catch(() => '')
  const text = noWsd ? withoutWsd(configuration) : configuration
  if (text !== '') await writeFile(join(own, `${backend}.conf`), text)
  return own
}
