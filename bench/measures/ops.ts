import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { chromium, type Page } from 'playwright-core'
import { createFleet } from '../../fleet/fleet.ts'
import { type Figures, figure, median } from '../results.ts'

const count = 700
const rounds = 5
const login = { user: 'operator', password: 'a password of the bench' }

/** From the wish for the page until its first terminals have been painted, by the browser's own clock. */
const firstView = async (page: Page, url: string): Promise<number> => {
  await page.goto(url, { waitUntil: 'commit' })
  await page.locator('.worst tbody tr').first().waitFor()
  // Two frames later what is in the page has been painted.
  return page.evaluate<number>(
    'new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(() => painted(performance.now()))))',
  )
}

/** How soon an operator sees the morning page of a fleet of 700 terminals, on loopback. */
export const opsFirstView = async (): Promise<Figures> => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-bench-'))
  const fleet = createFleet(
    {
      ...{ host: '127.0.0.1', httpPort: 0, mqttPort: 0, dataFolder: folder },
      ...{ synchronous: 'normal', behindProxy: false, logLevel: 'silent' },
      pages: fileURLToPath(new URL('../../fleet/web/dist', import.meta.url)),
    },
    pino({ level: 'silent' }),
  )
  await fleet.start()
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-proxy-server'],
  })
  try {
    await fleet.createUser(login.user, login.password, 'operator')
    for (let number = 1; number <= count; number += 1) {
      await fleet.registerTerminal(`terminal-${number}`, `Авыл ${number}`)
    }
    const page = await browser.newPage({ viewport: { width: 1366, height: 768 } })
    const url = `${fleet.url}/ops.html`
    await page.goto(url)
    await page.fill('input[name=user]', login.user)
    await page.fill('input[name=password]', login.password)
    await page.keyboard.press('Enter')
    await page.locator('.worst tbody tr').first().waitFor()
    const taken: number[] = []
    for (let round = 0; round < rounds; round += 1) taken.push(await firstView(page, url))
    return {
      'ops.first_view_ms': figure(
        median(taken),
        'ms',
        `from the wish for the morning page of ${count} terminals until they are painted, loopback, median of ${rounds}; target 1000`,
      ),
    }
  } finally {
    await browser.close()
    await fleet.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
