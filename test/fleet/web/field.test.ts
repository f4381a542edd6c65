import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFieldDoor, type FieldDoor } from '../../../agent/setup/field-door.ts'
import { openRecord } from '../../../agent/setup/record.ts'
import type { Setup } from '../../../agent/setup/setup.ts'
import type { SetupState, SetupStep } from '../../../protocol/setup.ts'
import { silent } from '../../support/agent-parts.ts'
import { openBrowser, openPage } from '../../support/browser.ts'

/** A set-up that only shows what it is told to show. */
class ShownSetup implements Setup {
  readonly begun: (readonly [SetupStep, unknown])[] = []
  readonly over = false
  #state: SetupState = {
    serial: '<b>S-1</b>',
    fingerprint: '1234 5678 9012',
    languages: ['ru', 'tt', 'en'],
    steps: openRecord({ get: () => undefined, set: () => {} }).steps,
  }
  #news = Promise.withResolvers<void>()

  show(steps: Partial<SetupState['steps']>, more: Partial<SetupState> = {}): void {
    this.#state = { ...this.#state, ...more, steps: { ...this.#state.steps, ...steps } }
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }
  async state(): Promise<SetupState> {
    return this.#state
  }
  async *changes(signal: AbortSignal): AsyncGenerator<SetupState> {
    const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    while (!signal.aborted) {
      const heard = this.#news.promise
      yield this.#state
      await Promise.race([heard, gone])
    }
  }
  begin(step: SetupStep, input: unknown): boolean {
    return this.begun.push([step, input]) > 0
  }
  cancel(): void {}
  start(): void {}
  async stop(): Promise<void> {}
}

/** Presses a button of a step's card; resolves when the agent has answered. */
const press = (shown: Page, step: SetupStep, button: string) =>
  Promise.all([shown.waitForResponse(`**/setup/${step}`), shown.click(`[data-step="${step}"] ${button}`)])

const page = fileURLToPath(new URL('../../../fleet/web/field/dist', import.meta.url))
const theFieldPage = suite('the field page')
let browser: Browser
let setup: ShownSetup
let field: FieldDoor

theFieldPage.before(async () => {
  browser = await openBrowser()
})
theFieldPage.after(() => browser?.close())
theFieldPage.before.each(async () => {
  setup = new ShownSetup()
  field = createFieldDoor({ setup, page, port: 0, logger: silent })
  await field.start()
})
theFieldPage.after.each(() => field?.stop())

theFieldPage('leads through the steps in Russian and Tatar, with targets for a finger', async () => {
  for (const [language, title, width, height] of [
    ['ru', 'Установка терминала', 1080, 1920],
    ['tt', 'Терминалны урнаштыру', 1366, 768],
  ] as const) {
    setup.show({}, { languages: [language] })
    const { page: shown, faults } = await openPage(browser, field.url, { viewport: { width, height } })
    await shown.waitForSelector('.step')
    assert.is(await shown.textContent('h1'), title)
    assert.is(await shown.locator('.step').count(), 7)
    for (const button of await shown.locator('button').all()) {
      const { height: tall = 0 } = (await button.boundingBox()) ?? {}
      assert.ok(tall >= 64, `${await button.textContent()} is ${tall} high`)
    }
    assert.ok((await shown.textContent('.facts'))?.includes('<b>S-1</b>'))
    const wide = await shown.evaluate('document.documentElement.scrollWidth')
    assert.ok(Number(wide) <= width, `${language} is ${wide} wide`)
    assert.equal(faults, [])
    await shown.context().close()
  }
})

theFieldPage('speaks first what the terminal is configured to, until somebody chooses', async () => {
  setup.show({}, { languages: ['tt', 'en'] })
  const { page: shown, faults } = await openPage(browser, field.url)
  await shown.waitForSelector('.step')
  assert.is(await shown.locator('html').getAttribute('lang'), 'tt')
  const offered = () => shown.locator('.languages button').allInnerTexts()
  assert.equal(await offered(), ['Тат', 'Eng', 'Рус'])
  await shown.click('[lang="en"]')
  setup.show({}, { languages: ['ru'] })
  await shown.locator('.languages button:first-of-type[lang="ru"]').waitFor()
  assert.is(await shown.locator('html').getAttribute('lang'), 'en')
  assert.equal(faults, [])
  await shown.context().close()
})

theFieldPage('hands in the code, shows progress, and says what to do about a trouble', async () => {
  const { page: shown, faults } = await openPage(browser, field.url)
  await shown.fill('.code', '4qkx7-mnt9b')
  await press(shown, 'claim', '[type="submit"]')
  await press(shown, 'uplink', 'button')
  assert.equal(setup.begun, [
    ['claim', { code: '4qkx7-mnt9b' }],
    ['uplink', {}],
  ])
  setup.show({ uplink: { state: 'running', percent: 30 } })
  await shown.waitForSelector('[data-step="uplink"] progress')
  setup.show({
    uplink: { state: 'failed', problem: 'fleet-unreachable' },
    scan: { state: 'failed', problem: 'sheet-blank' },
  })
  const trouble = await shown.waitForSelector('[data-step="scan"] .trouble')
  assert.match((await trouble.textContent()) ?? '', /текстом вниз/)
  await shown.click('[lang="tt"]')
  assert.match((await shown.textContent('[data-step="uplink"] .trouble')) ?? '', /Казан җавап бирми/)
  assert.equal(faults, [])
  await shown.context().close()
})

theFieldPage('names the village whose file was found on the button that uses it', async () => {
  setup.show({}, { claimFile: { device: 'kitelga', village: 'Кителга' } })
  const { page: shown, faults } = await openPage(browser, field.url)
  await press(shown, 'claim', 'button:has-text("Использовать найденный файл: Кителга")')
  assert.equal(setup.begun, [['claim', {}]])
  assert.equal(faults, [])
  await shown.context().close()
})

theFieldPage('tells which files were found where none of them is certain', async () => {
  setup.show({}, { claimFiles: { problem: 'claim-other-device', villages: 'Азеево, Кителга' } })
  const { page: shown, faults } = await openPage(browser, field.url)
  const told = await shown.waitForSelector('[data-step="claim"] :text("Азеево, Кителга")')
  assert.match((await told.textContent()) ?? '', /нескольких сёл.*код с этикетки/)
  assert.equal(faults, [])
  await shown.context().close()
})

theFieldPage('claims a terminal anew that was revoked, and no other one that the fleet knows', async () => {
  const failed = { claim: { state: 'failed', problem: 'revoked' } } as const
  setup.show(failed, { admission: 'revoked' })
  const { page: shown, faults } = await openPage(browser, field.url)
  await shown.fill('.code', '4qkx7-mnt9b')
  await press(shown, 'claim', '[type="submit"]')
  assert.equal(setup.begun, [['claim', { code: '4qkx7-mnt9b' }]])
  for (const admission of ['pending', 'accepted', 'quarantined'] as const) {
    setup.show({ claim: { state: 'done', result: { admission } } }, { admission })
    await shown.waitForSelector('[data-step="claim"][data-state="done"]')
    assert.is(await shown.locator('.code').count(), 0, admission)
  }
  assert.equal(faults, [])
  await shown.context().close()
})

theFieldPage.run()
