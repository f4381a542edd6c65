import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Progress } from '../../protocol/messages.ts'
import { type SimulatedDevices, startMfpDevices } from '../../simulator/devices.ts'
import { a4, testDevice, writeSaneConfiguration } from '../../simulator/sane.ts'
import { startTimedRelay, type TimedRelay } from '../../simulator/timed-relay.ts'
import type { AgentBundle } from '../bundles.ts'
import { type FleetUnderTest, withFleet } from '../fleet-under-test.ts'
import { type Figures, figure, median, timed } from '../results.ts'
import { runCommand, succeed } from '../run-command.ts'

const page = { source: 'flatbed', dpi: 300, mode: 'colour', format: 'jpeg' } as const
const rounds = 7

/** Microseconds that the test backend waits for each 223 KB, so that an A4 page at 300 dpi in colour takes 12 s. */
const slowReads = 102_000

/** The reference: the same page by `scanimage`, its pixels thrown away. */
const scanimage = async (configDir: string): Promise<void> => {
  const geometry = ['-x', String(a4.width), '-y', String(a4.height)]
  const child = spawn(
    'scanimage',
    ['-d', testDevice, '--mode', 'Color', '--resolution', '300', ...geometry, '--format=pnm'],
    {
      env: { ...process.env, SANE_CONFIG_DIR: configDir },
      stdio: ['ignore', 'ignore', 'inherit'],
      ...{ timeout: 60_000, killSignal: 'SIGKILL' },
    },
  )
  const [code, signal] = await once(child, 'exit')
  if (code !== 0) throw new Error(`scanimage ended with ${code ?? signal}`)
}

/**
 * Asks again when a scan fails, three times in all. The test backend cancels its reading thread wherever that stands,
 * so once in some thousand pages a lock of the loader or of malloc stays taken, and scanimage hangs as the agent does.
 */
const persistently = async <T>(scanOnce: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await scanOnce()
    } catch (error) {
      if (tries === 3) throw error
    }
  }
}

/** How long scanimage takes, in milliseconds. */
const timeOfScanimage = (configDir: string): Promise<number> =>
  persistently(() => timed(() => scanimage(configDir)))

/** A terminal whose scanner is SANE's test backend at this speed. */
const sane =
  (readDelay?: number) =>
  async (folder: string): Promise<SimulatedDevices> => {
    const configDir = join(folder, 'sane.d')
    await writeSaneConfiguration(configDir, readDelay === undefined ? {} : { readDelay })
    return {
      scanner: { driver: 'sane', device: testDevice, configDir, maxArea: a4 },
      printer: { driver: 'none' },
      stop: async () => undefined,
    }
  }

const scan = ({ api, terminal }: FleetUnderTest) =>
  succeed(api, terminal.id, { name: 'scanner.scan', input: page })

const configOf = ({ folder }: FleetUnderTest) => join(folder, 'terminal', 'sane.d')

const fast = (bundle: AgentBundle): Promise<Figures> =>
  withFleet({ bundle, devices: sane() }, async (under) => {
    await scan(under)
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await persistently(() => timed(() => scan(under))))
      theirs.push(await timeOfScanimage(configOf(under)))
    }
    const reference = median(theirs)
    return {
      'scan.vs_scanimage_ms': figure(
        median(ours) - reference,
        'ms',
        `beyond scanimage's ${reference.toFixed(0)} ms: A4 300 dpi colour from the API until the straightened JPEG is ` +
          `in the fleet, scanner without delay, median of ${rounds}`,
      ),
    }
  })

const slow = (bundle: AgentBundle): Promise<Figures> =>
  withFleet({ bundle, devices: sane(slowReads) }, async (under) => {
    const theirs = await timeOfScanimage(configOf(under))
    const { api, terminal } = under
    // The first scan in a terminal's life compiles what all later ones find compiled.
    const corner = { ...page, dpi: 75, mode: 'grey', area: { x: 0, y: 0, width: 20, height: 20 } } as const
    await succeed(api, terminal.id, { name: 'scanner.scan', input: corner })
    const begun = performance.now()
    let announced = Number.NaN
    await succeed(api, terminal.id, { name: 'scanner.scan', input: page }, (event, data) => {
      if (event === 'progress' && (data as Progress).finished) announced = performance.now() - begun
    })
    const delivered = performance.now() - begun
    let asked = 0
    const cancelled = await runCommand(
      api,
      terminal.id,
      { name: 'scanner.scan', input: page },
      (event, _, id) => {
        if (event !== 'band' || asked > 0) return
        asked = performance.now()
        api.cancel(id).catch(() => undefined)
      },
    )
    const cancelMs = performance.now() - asked
    if (cancelled.state !== 'cancelled') throw new Error(`a cancelled scan ended as ${cancelled.state}`)
    return {
      'scan.share_of_12s': figure(
        (announced - theirs) / announced,
        'share',
        `(${(announced / 1000).toFixed(2)} s from the request at the API until the straightened page is sealed on the ` +
          `terminal and the expert is told - ${(theirs / 1000).toFixed(2)} s of scanimage) / ours; target 0.02`,
      ),
      'scan.delivery_ms': figure(
        delivered - announced,
        'ms',
        'from there until preview and original are stored in the fleet and the command is over',
      ),
      'scan.cancel_ms': figure(
        cancelMs,
        'ms',
        'from the request in mid-page to the final state; target 1000',
      ),
    }
  })

/** A virtual MFP of 12 s a page behind a relay that sees its first bytes. */
const firstRows = async (bundle: AgentBundle): Promise<Figures> => {
  let relay: TimedRelay | undefined
  const devices = async (folder: string): Promise<SimulatedDevices> => {
    const mfp = await startMfpDevices({ id: 'bench', folder, printed: join(folder, 'printed') })
    const url = new URL(mfp.scanner.url ?? '')
    await fetch(new URL('/control/speed', url), {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ pageSeconds: 12 }),
    })
    relay = await startTimedRelay(Number(url.port))
    url.port = String(relay.port)
    return { ...mfp, scanner: { ...mfp.scanner, url: url.href } }
  }
  try {
    return await withFleet({ bundle, devices }, async ({ api, terminal }) => {
      const waits: number[] = []
      for (let round = 0; round < 3; round += 1) {
        let seenAt = 0
        await runCommand(api, terminal.id, { name: 'scanner.scan', input: page }, (event, _, id) => {
          if (event !== 'band' || seenAt > 0) return
          seenAt = performance.now()
          api.cancel(id).catch(() => undefined)
        })
        waits.push(seenAt - (relay?.firstBytesAt ?? Number.NaN))
      }
      return {
        'scan.first_rows_ms': figure(
          median(waits),
          'ms',
          "from the scanner's first body bytes to the first rows in the expert's event stream, 12 s a page; target 500",
        ),
      }
    })
  } finally {
    await relay?.stop()
  }
}

/** What our software adds to a scan. */
export const scanning = async (bundle: AgentBundle): Promise<Figures> => ({
  ...(await fast(bundle)),
  ...(await slow(bundle)),
  ...(await firstRows(bundle)),
})
