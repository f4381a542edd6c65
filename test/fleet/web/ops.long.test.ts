import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AlertRule, Incident } from '../../../fleet/api/incident-schemas.ts'
import { readConfig } from '../../../fleet/config.ts'
import { createFleet, type Fleet } from '../../../fleet/fleet.ts'
import { type Api, createApi, jsonBody, readJson } from '../../../fleet/web/api.ts'
import type { Language } from '../../../fleet/web/i18n/texts.ts'
import { type ViewName, views } from '../../../fleet/web/ops/place.ts'
import { opsTranslator } from '../../../fleet/web/ops/texts.ts'
import { openBrowser, openPage, seriousAxeFindings, type WatchedPage } from '../../support/browser.ts'
import { buildPages } from '../../support/built-pages.ts'
import { silent } from '../../support/fleet.ts'
import { payloads } from '../../support/markup-payloads.ts'
import { connectPlainTerminal, type PlainTerminal } from '../../support/plain-terminal.ts'

const maxScriptBytes = 120 * 1024
const password = 'a long password'
const ru = opsTranslator('ru')
const patience = { timeout: 60_000 }
/** The districts and places of a few real villages, roughly. */
const known = [
  { name: 'Бахта', district: 'Чистопольский', latitude: 55.21, longitude: 50.45 },
  { name: 'Кителга', district: 'Альметьевский', latitude: 54.78, longitude: 52.05 },
  { name: 'Җирекле', district: 'Буинский', latitude: 54.9, longitude: 48.05 },
]

let pages: Awaited<ReturnType<typeof buildPages>>
let data = ''
let browser: Browser
let fleet: Fleet
let api: Api
let storageState: NonNullable<BrowserContextOptions['storageState']>
let open: WatchedPage[] = []
const terminals: PlainTerminal[] = []

const capability = (detail?: string) => ({
  present: true,
  ok: detail === undefined,
  ...(detail !== undefined && { detail }),
})
const profile = (detail?: string) => ({
  profiles: { terminal: 'generic' },
  capabilities: { scanner: capability(detail), copier: capability() },
  versions: {},
})

/** Puts a terminal into a village and brings it there. */
const bringIn = async (id: string, village: string, agent?: string): Promise<PlainTerminal> => {
  await fleet.registerTerminal(id, village)
  const terminal = await connectPlainTerminal(fleet, id, agent)
  terminals.push(terminal)
  return terminal
}

const change = (method: string, path: string, body: unknown) =>
  readJson<unknown>(api.send(method, path, jsonBody(body)))

const visit = async (
  place: string,
  { language = 'ru', signedIn = true }: { language?: Language; signedIn?: boolean } = {},
): Promise<Page> => {
  const options: BrowserContextOptions = signedIn ? { storageState } : {}
  const watched = await openPage(browser, `${fleet.url}/ops.html`, options)
  open.push(watched)
  const { page } = watched
  await page.evaluate((chosen) => localStorage.setItem('avyl.language', chosen), language)
  await page.goto(`${fleet.url}/ops.html${place}`)
  await page.reload()
  return page
}

/** Waits until a view shows what it has. */
const settled = async (page: Page, view: ViewName, language: Language = 'ru'): Promise<void> => {
  await page.locator(`main.${view}-view`).waitFor(patience)
  const t = opsTranslator(language)
  await page
    .getByText(t('ops.part.loading'), { exact: true })
    .first()
    .waitFor({ state: 'detached', ...patience })
  if (view === 'map') await page.locator('.map canvas').waitFor(patience)
}
const rowOf = (page: Page, village: string) => page.locator('tbody tr', { hasText: village })

const theOpsPages = suite('the ops pages')

theOpsPages.before(async () => {
  pages = await buildPages()
  data = await mkdtemp(join(tmpdir(), 'avyl-ops-'))
  const settings = readConfig({ AVYL_DATA_DIR: data, AVYL_LOG_LEVEL: 'silent' })
  fleet = createFleet({ ...settings, httpPort: 0, mqttPort: 0, pages: pages.folder }, silent)
  await fleet.start()
  const token = await fleet.createToken('test', 'admin')
  api = createApi({ url: fleet.url, headers: { authorization: `Bearer ${token}` } })
  await fleet.createUser('operator', password, 'operator')
  await fleet.createUser('expert', password, 'expert')
  for (const { name, ...village } of known) {
    await change('PUT', `/villages/${encodeURIComponent(name)}`, village)
  }
  const rules = await readJson<readonly AlertRule[]>(api.send('GET', '/alert-rules'))
  const rule = rules.find(({ id }) => id === 'scanner-fault')
  assert.ok(rule, 'there is a rule about scanners')
  await change('PUT', '/alert-rules/scanner-fault', { ...rule, graceSeconds: 0, shopHoursOnly: false })
  await (await bringIn('bakhta', 'Бахта')).profile(profile())
  await (await bringIn('kitelga', 'Кителга')).profile(profile())
  await (await bringIn('zirekle', 'Җирекле')).profile(profile('the lamp is cold'))
  await fleet.registerTerminal('seitovo', 'Сеитово')
  browser = await openBrowser()
})
theOpsPages.after(async () => {
  await browser.close()
  for (const terminal of terminals) terminal.cut()
  await fleet.stop()
  await pages.remove()
  await rm(data, { recursive: true, force: true })
})
theOpsPages.after.each(async () => {
  for (const { page } of open) await page.context().close()
  const faults = open.flatMap((one) => one.faults)
  open = []
  assert.equal(faults, [], 'the page behaved')
})

theOpsPages('are small, and hold no inline code', async () => {
  const assets = join(pages.folder, 'assets')
  const html = await readFile(join(pages.folder, 'ops.html'), 'utf8')
  assert.not.match(html, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/)
  // All that any of its views loads, the map too.
  const loaded = new Set(html.match(/[\w-]+\.js/g))
  for (const name of loaded) {
    const text = await readFile(join(assets, name), 'utf8')
    for (const part of (await readdir(assets)).filter(
      (file) => file.endsWith('.js') && text.includes(file),
    )) {
      loaded.add(part)
    }
  }
  let bytes = 0
  for (const name of loaded) bytes += gzipSync(await readFile(join(assets, name))).length
  console.log(`script of the ops pages, every view: ${(bytes / 1024).toFixed(1)} KB gzip`)
  assert.ok(bytes > 0 && bytes <= maxScriptBytes, `${bytes} bytes`)
})

theOpsPages('let an operator in at the short address, and lead to the terminal', async () => {
  const watched = await openPage(browser, `${fleet.url}/ops`)
  open.push(watched)
  const { page } = watched
  await page.fill('input[name=user]', 'operator')
  await page.fill('input[name=password]', password)
  await page.keyboard.press('Enter')
  await settled(page, 'morning')
  storageState = await page.context().storageState()
  const link = rowOf(page, 'Кителга').getByRole('link')
  assert.is(await link.getAttribute('href'), './terminal.html#kitelga')
  await page.getByText(ru('link.live'), { exact: true }).waitFor()
})

theOpsPages('show an expert the morning, but no incidents and no acts', async () => {
  const page = await visit('', { signedIn: false })
  await page.fill('input[name=user]', 'expert')
  await page.fill('input[name=password]', password)
  await page.keyboard.press('Enter')
  await settled(page, 'morning')
  await rowOf(page, 'Бахта').waitFor()
  assert.is(await page.getByRole('link', { name: ru('ops.nav.incidents') }).count(), 0)
  await page.goto(`${fleet.url}/ops.html#downtimes`)
  await settled(page, 'downtimes')
  assert.is(await page.getByRole('button', { name: ru('ops.maintenance.add') }).count(), 0)
})

theOpsPages('have no serious finding of axe-core on any view in Russian and Tatar', async () => {
  const incidents = await readJson<readonly Incident[]>(api.send('GET', '/incidents'))
  for (const language of ['ru', 'tt'] as const) {
    const page = await visit('', { language })
    for (const view of views) {
      const id = view === 'incidents' ? `/${incidents[0]?.id}` : ''
      await page.goto(`${fleet.url}/ops.html#${view}${id}`)
      await settled(page, view, language)
      assert.equal(await seriousAxeFindings(page), [], `${view} in ${language}`)
    }
  }
})

theOpsPages('change as a terminal does, without a reload', async () => {
  const page = await visit('')
  await settled(page, 'morning')
  const row = rowOf(page, 'Кителга')
  await row.locator('.state.good').waitFor(patience)
  await page.evaluate('window.stayed = true')
  const terminal = terminals.find(({ id }) => id === 'kitelga')
  await terminal?.leave('maintenance')
  await row.locator('.state:not(.good)').waitFor(patience)
  await (await connectPlainTerminal(fleet, 'kitelga')).profile(profile())
  await row.locator('.state.good').waitFor(patience)
  assert.is(await page.evaluate('window.stayed'), true)
})

theOpsPages('take an incident from its opening to its end, by the keyboard alone', async () => {
  const page = await visit('#incidents')
  await settled(page, 'incidents')
  const first = page.locator('.list .entries a').first()
  const href = await first.getAttribute('href')
  await first.focus()
  await page.keyboard.press('Enter')
  await page.locator('.runbook', { hasText: '1.' }).waitFor(patience)
  const press = async (key: Parameters<typeof ru>[0]): Promise<void> => {
    await page.getByRole('button', { name: ru(key), exact: true }).focus()
    await page.keyboard.press('Enter')
  }
  await press('ops.incident.acknowledge')
  await page.locator('.course', { hasText: 'operator' }).waitFor(patience)
  await page.locator('textarea').focus()
  await page.keyboard.type('Позвонила в магазин')
  await press('ops.incident.add-note')
  await page.locator('.course .said', { hasText: 'Позвонила в магазин' }).waitFor(patience)
  await press('ops.incident.assign')
  await page.locator('.detail .heading', { hasText: ru('ops.incident.by', { name: 'operator' }) }).waitFor()
  await press('ops.incident.resolve')
  await page.locator('.detail .heading', { hasText: ru('ops.incident.state.resolved') }).waitFor(patience)
  await page.locator(`.list a[href="${href}"]`).waitFor({ state: 'detached', ...patience })
})

theOpsPages('announce maintenance and take it back', async () => {
  const page = await visit('#downtimes')
  await settled(page, 'downtimes')
  await page.getByRole('button', { name: ru('ops.maintenance.add') }).click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('select[name=name]').selectOption('Бахта')
  await dialog.locator('input[name=note]').fill('Меняют проводку')
  await dialog.getByRole('button', { name: ru('ops.maintenance.add') }).click()
  const listed = page.locator('.maintenance li', { hasText: 'Меняют проводку' })
  await listed.waitFor(patience)
  await listed.getByRole('button').click()
  await listed
    .getByText(ru('ops.maintenance.over'))
    .or(page.getByText(ru('ops.maintenance.none')))
    .waitFor()
})

theOpsPages('let an operator say why a terminal was away', async () => {
  const page = await visit('#downtimes')
  const row = rowOf(page, 'Кителга').filter({ hasText: ru('ops.capability.presence') })
  await row.first().getByRole('button').click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('select[name=reason]').selectOption('power')
  await dialog.locator('textarea').fill('Отключали свет')
  await dialog.getByRole('button', { name: ru('ops.save') }).click()
  await row.filter({ hasText: 'Отключали свет' }).first().waitFor(patience)
  await row
    .filter({ hasText: ru('ops.downtime.reason.power') })
    .first()
    .waitFor(patience)
})

theOpsPages('narrow, order and hand out the table of terminals', async () => {
  const page = await visit('#fleet')
  await settled(page, 'fleet')
  await page.getByRole('searchbox').fill('җирекле')
  assert.is(await page.locator('tbody tr:not(.gap)').count(), 1)
  await page.getByRole('searchbox').fill('')
  await page
    .getByRole('columnheader', { name: ru('ops.morning.village') })
    .getByRole('button')
    .click()
  assert.match(String(await page.locator('tbody tr:not(.gap)').first().textContent()), 'Бахта')
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: ru('ops.fleet.csv') }).click()
  const download = await downloading
  assert.match(download.suggestedFilename(), /^avyl-\d{4}-\d\d-\d\d\.csv$/)
  assert.match(await readFile(await download.path(), 'utf8'), '"Җирекле";"Буинский"')
})

theOpsPages('say loudly on the wall that the stream is cut', async () => {
  const page = await visit('#wall')
  await settled(page, 'wall')
  await page.locator('.wall-head .state.good').waitFor(patience)
  assert.match(String(await page.locator('.wall-head').textContent()), /Данные живые с \d\d:\d\d/)
  await page.context().setOffline(true)
  await page.locator('.cut', { hasText: ru('ops.wall.cut') }).waitFor(patience)
  await page.context().setOffline(false)
  await page.locator('.wall-head .state.good').waitFor(patience)
})

theOpsPages('are not in use where nobody touches them, but for the wall', async () => {
  for (const [view, isUnused] of [
    ['morning', true],
    ['wall', false],
  ] as const) {
    const page = await visit(`#${view}`)
    await settled(page, view)
    await page.clock.install()
    await page.clock.fastForward(60_001)
    const asked = page.waitForRequest('**/api/v1/terminals')
    await page.evaluate('window.dispatchEvent(new Event("online"))')
    assert.is('avyl-background' in (await asked).headers(), isUnused, view)
  }
})

theOpsPages('run nothing of what terminals call themselves and their devices', async () => {
  for (const [number, payload] of payloads.entries()) {
    const village = payload.slice(0, 100)
    const terminal = await bringIn(`hostile-${number}`, village, payload.slice(0, 40))
    const place = { latitude: 54.5 + (number % 10) / 6, longitude: 49 + number / 15 }
    // A village whose name holds signs of control cannot be described; its terminal is there all the same.
    if (!/\p{Cc}/u.test(village)) {
      await change('PUT', `/villages/${encodeURIComponent(village)}`, { district: village, ...place })
    }
    await terminal.profile({
      profiles: { terminal: village, mfp: village, refused: payload.slice(0, 200) },
      capabilities: { scanner: capability(payload.slice(0, 200)), camera: capability(payload.slice(0, 200)) },
      versions: { agent: payload.slice(0, 60) },
    })
    await terminal.event('device-fault', { capability: 'scanner', detail: payload.slice(0, 300) })
  }
  const page = await visit('')
  for (const view of views) {
    await page.goto(`${fleet.url}/ops.html#${view}`)
    await settled(page, view)
    if (view === 'incidents') {
      const items = page.locator('.list .entries a')
      await items.nth(payloads.length - 1).waitFor(patience)
      for (let number = 0; number < (await items.count()); number += 1) {
        await items.nth(number).click()
        await page.locator('.detail').waitFor()
      }
    }
    if (view === 'map') {
      const items = page.locator('.map-view .entries button:enabled')
      await items.nth(40).waitFor(patience)
      for (let number = 0; number < (await items.count()); number += 1) {
        await items.nth(number).click()
        await page.locator('.village-popup').first().waitFor()
      }
    }
    const shown = await page.locator('main').innerHTML()
    assert.match(shown, '&lt;', `${view} shows the text of a payload`)
  }
  assert.is(await page.evaluate('window.executed ?? 0'), 0, 'executed')
})

theOpsPages('show 700 terminals at once', async () => {
  for (let number = terminals.length; number < 700; number += 1) {
    await fleet.registerTerminal(`t-${number}`, `Авыл ${number}`)
  }
  const page = await visit('')
  await page.locator('.worst tbody tr').first().waitFor(patience)
  const begun = performance.now()
  await page.reload()
  await page.locator('.worst tbody tr').first().waitFor(patience)
  console.log(`first view with 700 terminals: ${Math.round(performance.now() - begun)} ms`)
  await page.goto(`${fleet.url}/ops.html#fleet`)
  await settled(page, 'fleet')
  assert.ok((await page.locator('tbody tr').count()) < 60, 'only rows in sight are drawn')
  await page.locator('section.table').focus()
  await page.keyboard.press('End')
  const last = page.locator('tbody tr[aria-rowindex="700"]')
  await last.waitFor(patience)
})
theOpsPages.run()
