import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../../fleet/config.ts'
import { terminalTranslator } from '../../../fleet/web/terminal/texts.ts'
import { type EventMessage, isFinal } from '../../../protocol/messages.ts'
import { openEvents } from '../../../simulator/live-events.ts'
import { startVillageRun, type VillageRun } from '../../../simulator/village-run.ts'
import { openBrowser, openPage, seriousAxeFindings, type WatchedPage } from '../../support/browser.ts'
import { buildPages } from '../../support/built-pages.ts'
import { silent } from '../../support/fleet.ts'
import { payloads } from '../../support/markup-payloads.ts'
import { connectPlainTerminal, type PlainTerminal } from '../../support/plain-terminal.ts'

const maxScriptBytes = 120 * 1024
const aLongTimeMs = 60_000
const ru = terminalTranslator('ru')
const tt = terminalTranslator('tt')

let pages: Awaited<ReturnType<typeof buildPages>>
let data = ''
let village: VillageRun
let browser: Browser
let storageState: NonNullable<BrowserContextOptions['storageState']>
let open: WatchedPage[] = []

const bakhta = () => village.terminals[0]
const visit = async (
  id: string,
  options: BrowserContextOptions = { storageState },
  excused?: RegExp,
): Promise<Page> => {
  const watched = await openPage(browser, `${village.fleet.url}/terminal.html#${id}`, options, excused)
  open.push(watched)
  watched.page.setDefaultTimeout(aLongTimeMs)
  return watched.page
}
const action = (page: Page, name: string) => page.locator(`[data-action=${name}]`)
const online = (page: Page, t = ru) => page.locator('.heading').getByText(t('terminal.state.online'))

/** Resolves to the state in which a command ended. */
const endOf = async (id: string): Promise<string> => {
  for await (const _ of await openEvents(village.api, `/commands/${id}/events`));
  const { state } = await village.api.command(id)
  assert.ok(isFinal(state))
  return state
}
const newestCommand = async (page: Page): Promise<string> => {
  const answer = await page.waitForResponse((one) => one.request().method() === 'POST')
  return ((await answer.json()) as { readonly id: string }).id
}

/** Opens every section that can be opened, those within others too. */
const openAll = async (page: Page): Promise<void> => {
  const closed = page.locator('details:not([open]) > summary:visible')
  while ((await closed.count()) > 0) await closed.first().click()
}

const thePage = suite('the page of a terminal')

thePage.before(async () => {
  pages = await buildPages()
  data = await mkdtemp(join(tmpdir(), 'avyl-terminal-page-'))
  const config = readConfig({ AVYL_HTTP_PORT: '0', AVYL_MQTT_PORT: '0', AVYL_DATA_DIR: data })
  village = await startVillageRun({ ...config, pages: pages.folder }, 1, silent)
  await village.api.send('PUT', `/villages/${encodeURIComponent('Бахта')}`, {
    body: JSON.stringify({ district: 'Чистопольский' }),
    headers: { 'content-type': 'application/json' },
  })
  browser = await openBrowser()
})
thePage.after(async () => {
  await browser?.close()
  await village?.stop()
  await pages?.remove()
  await rm(data, { recursive: true, force: true })
})
thePage.after.each(async () => {
  for (const { page } of open) await page.context().close()
  const faults = open.flatMap((one) => one.faults)
  open = []
  assert.equal(faults, [], 'the page behaved')
})

thePage('is small, and holds no inline code', async () => {
  const html = await readFile(join(pages.folder, 'terminal.html'), 'utf8')
  assert.not.match(html, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/)
  const scripts = [...html.matchAll(/assets\/[\w-]+\.js/g)].map(([name]) => name)
  const sizes = await Promise.all(
    scripts.map(async (name) => gzipSync(await readFile(join(pages.folder, name))).length),
  )
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  assert.ok(bytes > 0 && bytes <= maxScriptBytes, `${bytes} bytes`)
})

thePage('lets an operator in, and says which terminal it is and how it is', async () => {
  const page = await visit('bakhta', {})
  const { user, password } = village.file.logins.operator
  await page.fill('input[name=user]', user)
  await page.fill('input[name=password]', password)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Бахта' }).waitFor()
  await page.locator('.heading').getByText('Чистопольский').waitFor()
  await online(page).waitFor()
  storageState = await page.context().storageState()
})

thePage('stumbles no blind or keyboard reader, in Russian and in Tatar', async () => {
  const page = await visit('bakhta')
  await online(page).waitFor()
  await page.locator('section:has(#configuration-title) summary').waitFor()
  await openAll(page)
  await page.locator('table.settings').waitFor()
  assert.equal(await seriousAxeFindings(page), [])
  await page.locator('.languages button[lang=tt]').click()
  await online(page, tt).waitFor()
  assert.equal(await seriousAxeFindings(page), [])
})

thePage('shows that the terminal is gone and back, without a reload', async () => {
  const page = await visit('bakhta')
  await online(page).waitFor()
  // What was there only for a moment is remembered.
  await page.evaluate(`
    window.states = [];
    new MutationObserver(() => states.push(document.querySelector('.state.large').textContent))
      .observe(document.querySelector('.heading'), { subtree: true, childList: true, characterData: true, attributes: true })`)
  await bakhta()?.agent.kill()
  await page.waitForFunction(
    ([gone, back]) => {
      const { states } = globalThis as unknown as { readonly states: readonly string[] }
      return states.includes(gone ?? '') && states.at(-1) === back
    },
    [ru('terminal.state.suspect'), ru('terminal.state.online')],
  )
})

thePage('tests the terminal and shows what each check saw', async () => {
  const page = await visit('bakhta')
  await online(page).waitFor()
  await action(page, 'selftest').click()
  const checks = page.locator('.actions .checks > li')
  await checks.first().waitFor()
  assert.ok((await checks.count()) >= 4)
  await checks
    .filter({ hasText: ru('check.disk') })
    .getByText('MiB')
    .waitFor()
  await page.locator('.picture-of-time .mark').first().waitFor()
  await page.locator('.picture-of-time .mark .touch').last().click()
  await page.locator('.detail').getByText(ru('act.terminal.selftest')).first().waitFor()
})

thePage('restarts the agent only once that is confirmed, and says what it interrupts', async () => {
  const page = await visit('bakhta')
  await online(page).waitFor()
  await action(page, 'agent').click()
  await page.getByRole('dialog').getByText(ru('confirm.agent.interrupts')).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.ok(await action(page, 'agent').isEnabled(), 'nothing was asked')
  await action(page, 'agent').click()
  const asked = newestCommand(page)
  await action(page, 'confirm').click()
  assert.is(await endOf(await asked), 'succeeded')
  await page.locator('.actions').getByText(ru('confirm.done')).waitFor()
  await online(page).waitFor()
})

thePage('shows the log as it is written, until it is stopped or the page is left', async () => {
  const page = await visit('bakhta')
  await online(page).waitFor()
  await page.locator('.logs select[name=level]').selectOption('debug')
  const first = newestCommand(page)
  await action(page, 'logs').click()
  await page.locator('.log p').first().waitFor()
  await page
    .locator('.logs')
    .getByRole('button', { name: ru('cancel') })
    .click()
  assert.is(await endOf(await first), 'cancelled')
  const second = newestCommand(page)
  await action(page, 'logs').click()
  await page.locator('.log p').first().waitFor()
  const id = await second
  await page.goto('about:blank')
  assert.is(await endOf(id), 'cancelled')
})

thePage('fetches a bundle for whoever looks for the cause', async () => {
  const page = await visit('bakhta', { storageState, acceptDownloads: true })
  await online(page).waitFor()
  await action(page, 'diagnostics').click()
  const link = page.getByRole('link', { name: ru('diagnostics.download') })
  await link.waitFor()
  const downloading = page.waitForEvent('download')
  await link.click()
  const file = join(data, 'bundle')
  await (await downloading).saveAs(file)
  assert.ok((await stat(file)).size > 100)
})

thePage('plans work at the terminal, and takes it back', async () => {
  const page = await visit('bakhta')
  await page.getByText(ru('planned.plan')).click()
  await page.getByLabel(ru('planned.note')).fill('Замена картриджа')
  await page.getByRole('button', { name: ru('planned.save') }).click()
  const planned = page.locator('.entries li', { hasText: 'Замена картриджа' })
  await planned.waitFor()
  await planned.getByRole('button', { name: ru('planned.end') }).click()
  await page.getByText(ru('planned.none')).waitFor()
})

thePage('offers each role only what it may do', async () => {
  const { user, password } = village.file.logins.auditor
  const page = await visit('bakhta', {})
  await page.fill('input[name=user]', user)
  await page.fill('input[name=password]', password)
  await page.keyboard.press('Enter')
  await online(page).waitFor()
  await page.getByText(ru('config.title')).waitFor()
  assert.is(await page.locator('[data-action]').count(), 0)
  assert.is(await page.getByText(ru('planned.plan')).count(), 0)
})

thePage('says so when there is no such terminal', async () => {
  const page = await visit('nowhere', { storageState }, /status of 404/)
  await page.getByText(ru('problem.not-found')).waitFor()
})

/** Every string of a profile that is free is this one, and there are all payloads where there may be many. */
const hostileProfile = (text: string) => {
  const cut = (length: number): string => text.slice(0, length)
  const detail = { present: true, ok: false, detail: text }
  return {
    village: cut(100),
    profiles: { terminal: cut(100), mfp: cut(100), refused: text },
    capabilities: {
      scanner: {
        ...detail,
        scanner: { vendor: text, model: text, driver: cut(40), sources: [] },
      },
      printer: {
        ...detail,
        printer: {
          ...{ makeAndModel: text, driver: cut(40), state: 'idle' as const, formats: [cut(100)] },
          ...{ colour: true, duplex: true, dpi: [600], pagesPerMinute: 1 },
          reasons: payloads.map((reason) => ({ reason: reason.slice(0, 100), severity: 'error' as const })),
          supplies: payloads.map((name) => ({
            ...{ name, type: 'toner', colour: name.slice(0, 100), level: 5 },
          })),
          trays: payloads.slice(0, 20).map((name) => ({ name, level: 1, capacity: 2 })),
        },
      },
      copier: detail,
      terminal: detail,
      camera: detail,
      screen: detail,
    },
    versions: { agent: cut(60) },
  }
}

/** Answers every command with payloads in each string that it may hold. */
const answerHostile = (terminal: PlainTerminal): Promise<void> =>
  terminal.take(({ id, name }) => {
    void (async () => {
      await terminal.answer({ id, state: 'running' })
      if (name === 'terminal.logs') {
        await terminal.log({
          id,
          lines: payloads.flatMap((msg) => [msg, JSON.stringify({ level: 30, msg, [msg]: msg })]),
        })
        return
      }
      const checks = payloads.map((detail, index) => ({
        name: `${index}${detail}`.slice(0, 40),
        ok: false,
        detail,
      }))
      await terminal.answer({ id, state: 'succeeded', result: { ok: false, checks } })
    })()
  })

thePage('runs nothing of what a lying terminal reports', async () => {
  await village.fleet.registerTerminal('liar', payloads[10] ?? '')
  const terminal = await connectPlainTerminal(village.fleet, 'liar', (payloads[14] ?? '').slice(0, 40))
  await answerHostile(terminal)
  for (const [index, text] of payloads.entries()) {
    const type: EventMessage['type'] = index % 2 === 0 ? 'device-fault' : 'selftest'
    await terminal.event(type, { capability: text, detail: text, reason: text, evidence: text, about: text })
  }
  const hash = 'ab'.repeat(32)
  await terminal.reported({
    ...{ version: 0, hash, status: 'rejected', newest: { version: 1, hash } },
    errors: payloads.map((text) => ({ path: text, text })),
  })
  await terminal.profile(hostileProfile(payloads[0] ?? ''))
  const page = await visit('liar')
  await page.locator('.devices meter').first().waitFor({ state: 'attached' })
  await action(page, 'selftest').click()
  await page
    .locator('.checks > li')
    .nth(payloads.length - 1)
    .waitFor()
  await action(page, 'logs').click()
  await page
    .locator('.log p')
    .nth(2 * payloads.length - 1)
    .waitFor()
  assert.is(await page.locator('#events-title ~ * tbody tr').count(), 50)
  assert.ok((await page.locator('.notice.bad code').count()) >= payloads.length, 'the errors are shown')
  for (const text of payloads) {
    await terminal.profile(hostileProfile(text))
    await page.waitForFunction(
      (wanted) => {
        const { document } = globalThis as unknown as {
          readonly document: { querySelector(name: string): { readonly textContent: string } | null }
        }
        return document.querySelector('.devices')?.textContent.includes(wanted) === true
      },
      text.slice(0, 40),
    )
  }
  await openAll(page)
  assert.is(await page.evaluate('window.executed ?? 0'), 0, 'executed')
  assert.match(page.url(), /\/terminal\.html#liar$/)
  assert.is(
    await page.locator('main script, main iframe, main img, main object, main form[action]').count(),
    0,
  )
  terminal.cut()
})
thePage.run()
