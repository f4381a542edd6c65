import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a simulated scanner begins with; each scan may set the rest as options of the device. */
export interface SimulatedScanner {
  /** Names of `libsane-NAME.so.1`; the `test` backend alone by default, so that discovery takes milliseconds. */
  readonly backends?: readonly string[]
  readonly testPicture?: 'Solid black' | 'Solid white' | 'Color pattern' | 'Grid'
  /** Microseconds that each 223 KB of a page take: 100000 makes an A4 page of 300 dpi in colour last 12 s. */
  readonly readDelay?: number
}

/** The glass of the simulated scanner, in millimetres: the backend itself knows only squares. */
export const a4 = { width: 210, height: 297 } as const

/** The name of the simulated scanner. */
export const testDevice = 'test:0'

const testConfiguration = ({ testPicture = 'Color pattern', readDelay }: SimulatedScanner): string =>
  `number_of_devices 1
mode Color
depth 8
hand-scanner false
three-pass false
three-pass-order RGB
resolution_min 1.0
resolution_max 1200.0
resolution_quant 1.0
resolution 300.0
test-picture "${testPicture}"
invert-endianess false
read-limit false
read-limit-size 1
read-delay ${readDelay !== undefined}
read-delay-duration ${readDelay ?? 1000}
read-status-code "Default"
fuzzy-parameters false
ppl-loss 0
non-blocking false
select-fd false
enable-test-options false
geometry_min 0.0
geometry_max ${a4.height.toFixed(1)}
geometry_quant 0.0
tl_x 0.0
tl_y 0.0
br_x ${a4.width.toFixed(1)}
br_y ${a4.height.toFixed(1)}
`

/** Writes a folder for `SANE_CONFIG_DIR` that knows the given backends only. */
export const writeSaneConfiguration = async (dir: string, scanner: SimulatedScanner = {}): Promise<void> => {
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'dll.conf'), `${(scanner.backends ?? ['test']).join('\n')}\n`)
  await writeFile(join(dir, 'test.conf'), testConfiguration(scanner))
}
