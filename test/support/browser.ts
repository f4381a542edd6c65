import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** A page in a real browser, and what it did that no page of ours may do. */
export interface WatchedPage {
  readonly page: Page
  /** Requests to other hosts, errors on the console, exceptions; empty on a page that behaves. */
  readonly faults: readonly string[]
}

/** Debian's Chromium without any conversation of its own with the network. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-default-apps',
      '--no-proxy-server',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1,EXCLUDE localhost',
    ],
  })

/**
 * What the browser itself writes down though nothing is wrong: nobody is signed in yet, or the preview of a page is
 * still on its way from the terminal and is asked for again.
 */
const expected = /status of 401|status of (404|425) .*\/preview$/

/** Opens a page of this host alone. `excused` names console errors that a test causes on purpose. */
export const openPage = async (
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  excused = /^$/,
): Promise<WatchedPage> => {
  const context = await browser.newContext({
    viewport: { width: 1366, height: 768 },
    locale: 'ru-RU',
    ...options,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const faults: string[] = []
  const { host } = new URL(url)
  page.on('request', (request) => {
    const address = new URL(request.url())
    if (address.protocol !== 'data:' && address.protocol !== 'blob:' && address.host !== host) {
      faults.push(`contacted ${address.host}`)
    }
  })
  page.on('pageerror', (error) => faults.push(`threw ${error.message}`))
  page.on('console', (message) => {
    if (message.type() !== 'error') return
    const text = `${message.text()} ${message.location().url}`
    if (!expected.test(text) && !excused.test(text)) faults.push(`logged ${text}`)
  })
  await page.goto(url)
  return { page, faults }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds serious or critical by WCAG 2.2 AA, as `rule: element`. */
export const seriousAxeFindings = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe)
  const findings = await page.evaluate(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) =>
      violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 200))))`,
  )
  return findings as string[]
}
