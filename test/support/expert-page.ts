import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import * as assert from 'uvu/assert'
import { openBrowser, openPage, type WatchedPage } from './browser.ts'
import { finishedPage } from './paper.ts'
import { PretendFleet } from './pretend-fleet.ts'
import { someTerminals } from './village-terminals.ts'

/** The expert's page as it is built, in a real browser, before a pretended fleet. One for a test file. */
export class ExpertPage {
  /** Where the built page lies. */
  folder = ''
  fleet = new PretendFleet()
  #browser: Browser | undefined
  #open: WatchedPage[] = []

  /** Builds the page and starts the browser. */
  async start(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'avyl-pages-'))
    const vite = resolve('node_modules/vite/bin/vite.js')
    const args = ['build', 'fleet/web', '--outDir', this.folder, '--emptyOutDir', '--logLevel', 'error']
    await promisify(execFile)(process.execPath, [vite, ...args])
    this.#browser = await openBrowser()
  }

  async stop(): Promise<void> {
    await this.#browser?.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** A new fleet for one test. */
  async begin(): Promise<void> {
    this.fleet = new PretendFleet(this.folder)
    await this.fleet.start()
    for (const terminal of someTerminals()) this.fleet.setTerminal(terminal)
  }

  /** Ends one test, and fails it when a page did what no page may do. */
  async end(): Promise<void> {
    for (const { page } of this.#open) await page.context().close()
    await this.fleet.stop()
    const faults = this.#open.flatMap((one) => one.faults)
    this.#open = []
    assert.equal(faults, [], 'the page behaved')
  }

  /** Opens the page; `excused` are console errors that the test causes. */
  async visit(options: Parameters<typeof openPage>[2] = {}, excused?: RegExp): Promise<Page> {
    if (this.#browser === undefined) throw new Error('the browser is not started')
    const watched = await openPage(this.#browser, this.fleet.url, options, excused)
    this.#open.push(watched)
    return watched.page
  }

  async signIn(page: Page): Promise<void> {
    await page.fill('input[name=user]', this.fleet.login.user)
    await page.fill('input[name=password]', this.fleet.login.password)
    await page.keyboard.press('Enter')
    await page.locator('nav').waitFor()
  }

  /** Signs in and chooses the terminal that everything works at. */
  async atBakhta(page: Page): Promise<Page> {
    await this.signIn(page)
    await page.locator('button.terminal', { hasText: 'Бахта' }).click()
    await page.locator('[data-key=scan]').waitFor()
    return page
  }

  /** Scans these pages one after another; their artefacts. */
  async scanned(page: Page, ...titles: string[]): Promise<string[]> {
    const artefacts: string[] = []
    for (const title of titles) {
      await page.click('[data-key=scan]')
      const command = await this.fleet.asked('scanner.scan')
      const finished = await finishedPage(this.fleet, command.id, title)
      const pages = [finished]
      this.fleet.change(command.id, { state: 'succeeded', pages, result: { pages } })
      artefacts.push(finished.artefact)
      await page.locator(`.strip img[src*="${finished.artefact}"]`).waitFor()
      await page.locator('[data-key=scan]').waitFor()
    }
    return artefacts
  }
}

/** The pages in the strip that are finished. */
export const thumbs = (page: Page) => page.locator('.strip .thumb:not(.live)')

/** The artefacts of the pages in the strip, in their order. */
export const orderOf = (page: Page): Promise<string[]> =>
  thumbs(page)
    .locator('img')
    .evaluateAll((pictures) =>
      pictures.map((picture) => (picture as unknown as { src: string }).src.split('/').at(-2) ?? ''),
    )
