import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../fleet/config.ts'
import { translator } from '../../fleet/web/i18n/texts.ts'
import { startVillageRun, type VillageRun } from '../../simulator/village-run.ts'
import { openBrowser, openPage, seriousAxeFindings, type WatchedPage } from '../support/browser.ts'
import { orderOf, thumbs } from '../support/expert-page.ts'
import { silent } from '../support/fleet.ts'

const run = promisify(execFile)
const ru = translator('ru')
const tt = translator('tt')
const aLongTimeMs = 60_000

let folder: string
let village: VillageRun
let browser: Browser
let watched: WatchedPage
let page: Page

/** What a person at the MFP of Дружба does. */
const atTheMfp = async (method: string, path: string, body?: unknown): Promise<void> => {
  const panel = village.terminals[1]?.devices.panel
  const answer = await fetch(new URL(path, panel), {
    method,
    headers: { 'content-type': 'application/json', connection: 'close' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  await answer.arrayBuffer()
  assert.ok(answer.ok, `${method} ${path}`)
}

/** Puts sheets into the printer of Дружба by its own web form. */
const loadPaper = async (sheets: number): Promise<void> => {
  const uri = village.terminals[1]?.devices.printer.uri ?? ''
  const trays = [1, 2, 3].map(
    (tray) => `size${tray}=iso_a4_210x297mm&type${tray}=stationery&level${tray}=${sheets}`,
  )
  const address = uri.replace('ipp:', 'http:').replace('/ipp/print', `/media?${trays.join('&')}`)
  await (await fetch(address, { headers: { connection: 'close' } })).arrayBuffer()
}

const printed = async (): Promise<string[]> =>
  (await readdir(join(folder, 'printer'))).filter((name) => name.startsWith('druzhba-')).sort()

/** Resolves when the first rows of a page stand on its canvas, which begins with a height of 1. */
const firstRows = (): Promise<void> => page.locator('.paper canvas:not([height="1"])').waitFor()

const button = (name: string) => page.getByRole('button', { name, exact: true })
const aside = () => page.locator('aside')

const save = async (): Promise<string> => {
  const downloading = page.waitForEvent('download')
  await button(ru('save')).click()
  const download = await downloading
  assert.match(download.suggestedFilename(), /^Дружба \d{4}-\d\d-\d\d \d\d-\d\d\.pdf$/)
  const file = join(folder, 'saved.pdf')
  await download.saveAs(file)
  return file
}

/** The words of a page of a searchable PDF. */
const wordsOf = async (pdf: string, number: number): Promise<string> =>
  (await run('pdftotext', ['-f', `${number}`, '-l', `${number}`, pdf, '-'])).stdout

const anExpert = suite('an expert at a real village, in a real browser')

anExpert.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avyl-expert-'))
  const pages = join(folder, 'pages')
  const vite = resolve('node_modules/vite/bin/vite.js')
  await run(process.execPath, [vite, 'build', 'fleet/web', '--outDir', pages, '--logLevel', 'error'])
  const config = readConfig({ AVYL_HTTP_PORT: '0', AVYL_MQTT_PORT: '0', AVYL_DATA_DIR: folder })
  village = await startVillageRun({ ...config, pages }, 2, silent)
  browser = await openBrowser()
  watched = await openPage(browser, village.file.url, { acceptDownloads: true, locale: 'en-US' })
  page = watched.page
  page.setDefaultTimeout(aLongTimeMs)
})

anExpert.after(async () => {
  await browser?.close()
  await village?.stop()
  await rm(folder, { recursive: true, force: true })
})

anExpert('signs in on a page that is Russian before anything was chosen', async () => {
  const { user, password } = village.file.logins.expert
  await page.getByLabel(ru('sign-in.user')).fill(user)
  await page.getByLabel(ru('sign-in.password')).fill(password)
  await page.keyboard.press('Enter')
  await page.locator('button.terminal', { hasText: 'Дружба' }).click()
  await page.getByText(ru('pages.none.do')).waitFor()
})

anExpert('sees the first rows of a page while the scanner still moves, then the page', async () => {
  await atTheMfp('PUT', '/control/speed', { pageSeconds: 8 })
  await page.keyboard.press('Control+Enter')
  await firstRows()
  assert.is(await thumbs(page).count(), 0, 'the scan still goes on')
  await thumbs(page).first().waitFor()
  await page.locator('.scroller img').waitFor()
  await atTheMfp('PUT', '/control/speed', {})
})

anExpert('cancels a scan, which leaves no page and the scanner free', async () => {
  await atTheMfp('PUT', '/control/speed', { pageSeconds: 30 })
  await page.click('[data-key=scan]')
  await firstRows()
  await aside()
    .getByRole('button', { name: ru('cancel') })
    .click()
  await page.getByText(ru('command.state.cancelled')).waitFor()
  await atTheMfp('PUT', '/control/speed', {})
  assert.is(await thumbs(page).count(), 1)
})

anExpert('scans what lies in the feeder, turns, moves, deletes and brings back', async () => {
  await atTheMfp('DELETE', '/control/feeder')
  for (const sheet of ['extract', 'questionnaire', 'notice']) {
    await atTheMfp('POST', '/control/feeder', { page: sheet })
  }
  await aside()
    .getByRole('button', { name: ru('source.feeder') })
    .first()
    .click()
  await page.click('[data-key=scan]')
  await thumbs(page).nth(3).waitFor()
  await page.locator('[data-key=scan]').waitFor()
  const [application, extract, questionnaire, notice] = await orderOf(page)

  await thumbs(page).nth(3).click()
  await page.keyboard.press('Delete')
  await page.keyboard.press('Control+z')
  assert.equal(await orderOf(page), [application, extract, questionnaire, notice])
  await button(ru('delete')).click()
  await thumbs(page).nth(2).click()
  await page.keyboard.press('Shift+ArrowLeft')
  await page.keyboard.press('Shift+ArrowLeft')
  await page.keyboard.press('r')
  assert.equal(await orderOf(page), [questionnaire, application, extract])
})

anExpert('saves them as a PDF that holds them in that order, turned, with their words', async () => {
  await page.getByText(ru('save.searchable')).click()
  const pdf = await save()
  await run('qpdf', ['--check', pdf])
  const { stdout } = await run('pdfinfo', [pdf])
  assert.match(stdout, /^Pages: +3$/m)
  const { stdout: sizes } = await run('pdfinfo', ['-f', '1', '-l', '3', pdf])
  assert.equal(
    [...sizes.matchAll(/Page +\d+ size: +([\d.]+) x ([\d.]+)/g)].map(([, w, h]) => Number(w) > Number(h)),
    [true, false, false],
    'the first page lies on its side',
  )
  assert.match(await wordsOf(pdf, 2), /ЗАЯВЛЕНИЕ/)
  await page.getByText(ru('save.done')).waitFor()
  await button(ru('turn.left')).click()
  await page.getByText(ru('save.done')).waitFor({ state: 'detached' })
})

anExpert('prints the pages: the job arrives at the printer, once', async () => {
  await page.getByLabel(ru('print.range')).fill('1-2')
  await page
    .getByLabel(ru('print.duplex'))
    .first()
    .selectOption({ label: ru('duplex.long-edge') })
  await page.click('[data-key=print]')
  await page.getByText(ru('print.done', { count: 2 })).waitFor()
  const [job, ...others] = await printed()
  assert.equal(others, [])
  const { stdout } = await run('pdfinfo', [join(folder, 'printer', job ?? '')])
  assert.match(stdout, /^Pages: +3$/m)
  await page.getByLabel(ru('print.range')).fill('')
})

anExpert('copies what lies on the glass', async () => {
  await button(ru('copy')).click()
  await button(ru('copy.start')).click()
  await page.getByText(ru('copy.done', { pages: 1, count: 1 })).waitFor()
  assert.is((await printed()).length, 2)
  await aside()
    .getByRole('button', { name: ru('print'), exact: true })
    .click()
})

anExpert(
  'reads of a jam in the feeder and of a tray without paper in plain words, in each language',
  async () => {
    await atTheMfp('POST', '/control/feeder', { page: 'extract' })
    await atTheMfp('PUT', '/control/fault', { kind: 'jam', afterPage: 0 })
    await page.click('[data-key=scan]')
    await page.getByText(ru('fault.jam.scanner.what')).waitFor()
    await page.getByText(ru('fault.jam.scanner.do')).waitFor()
    await page.locator('.languages button[lang=tt]').click()
    await page.getByText(tt('fault.jam.scanner.do')).waitFor()
    await page.locator('.languages button[lang=ru]').click()
    await atTheMfp('DELETE', '/control/fault')

    await loadPaper(0)
    await page.click('[data-key=print]')
    await page.locator('.work [role=alert]', { hasText: ru('reason.media-empty') }).waitFor()
    await page
      .locator('.work')
      .getByRole('button', { name: ru('cancel') })
      .click()
    await aside().getByText(ru('command.state.cancelled')).waitFor()
    await loadPaper(250)
  },
)

anExpert('loses no page when the terminal loses its power in the middle of one', async () => {
  const before = await orderOf(page)
  await aside()
    .getByRole('button', { name: ru('source.flatbed') })
    .first()
    .click()
  await atTheMfp('PUT', '/control/speed', { pageSeconds: 30 })
  await page.click('[data-key=scan]')
  await firstRows()
  await village.terminals[1]?.agent.kill()
  await page.getByText(ru('fault.truncated.what')).waitFor()
  await page.getByText(ru('fault.truncated.safe')).waitFor()
  assert.equal(await orderOf(page), before)
  await atTheMfp('PUT', '/control/speed', {})
})

anExpert('is told that the link is lost, and goes on where it was when it is back', async () => {
  const before = await orderOf(page)
  await page.context().setOffline(true)
  await page.getByText(ru('link.lost.do')).waitFor()
  await page.context().setOffline(false)
  await page.getByText(ru('link.live'), { exact: true }).waitFor()
  assert.equal(await orderOf(page), before)
})

anExpert('meets nothing serious that a blind or a keyboard reader would stumble over', async () => {
  assert.equal(await seriousAxeFindings(page), [])
  await page.keyboard.press('F6')
  const reached = new Set<string>()
  for (let steps = 0; steps < 45; steps++) {
    await page.keyboard.press('Tab')
    reached.add(String(await page.evaluate('document.activeElement?.getAttribute("data-key")')))
  }
  for (const key of ['scan', 'print', 'save']) assert.ok(reached.has(key), `Tab reaches ${key}`)
  assert.equal(watched.faults, [], 'the page behaved')
})

anExpert.run()
