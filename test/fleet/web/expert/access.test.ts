import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Command } from '../../../../fleet/api/schemas.ts'
import { faultText } from '../../../../fleet/web/i18n/faults.ts'
import { languages, translator } from '../../../../fleet/web/i18n/texts.ts'
import { errorCodes } from '../../../../protocol/errors.ts'
import { seriousAxeFindings } from '../../../support/browser.ts'
import { ExpertPage, orderOf, thumbs } from '../../../support/expert-page.ts'
import { finishedPage } from '../../../support/paper.ts'

const ru = translator('ru')
const desk = new ExpertPage()

const anExpert = suite('an expert')
anExpert.before(() => desk.start())
anExpert.after(() => desk.stop())
anExpert.before.each(() => desk.begin())
anExpert.after.each(() => desk.end())

anExpert('reads every fault in each language', async () => {
  const page = await desk.atBakhta(await desk.visit())
  for (const language of languages) {
    const t = translator(language)
    await page.locator(`.languages button[lang=${language}]`).click()
    for (const code of errorCodes) {
      await page.click('[data-key=scan]')
      const command = await desk.fleet.asked('scanner.scan')
      const state: Command['state'] = code === 'unknown-outcome' ? 'unknown' : 'failed'
      desk.fleet.change(command.id, { state, error: { code, text: 'for developers', retryable: true } })
      const fault = faultText(t, code, 'scanner.scan')
      const shown = page.locator('.notice[role=alert]', { hasText: fault.what })
      await shown.waitFor()
      const text = String(await shown.textContent())
      assert.match(text, fault.safe)
      assert.match(text, fault.do)
      assert.not.match(text, 'for developers')
    }
  }
})

anExpert('does the whole work with the keyboard alone', async () => {
  const page = await desk.visit()
  await page.locator('input[name=user]:focus').waitFor()
  await page.keyboard.type('expert')
  await page.keyboard.press('Tab')
  await page.keyboard.type(desk.fleet.login.password)
  await page.keyboard.press('Enter')
  await page.locator('button.terminal').first().waitFor()
  await page.keyboard.press('F6')
  for (let tabs = 0; tabs < 2; tabs++) await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await page.locator('[data-key=scan]').waitFor()
  const ids: string[] = []
  for (const title of ['А', 'Б']) {
    await page.keyboard.press('Control+Enter')
    const command = await desk.fleet.asked('scanner.scan')
    const pages = [await finishedPage(desk.fleet, command.id, title)]
    ids.push(pages[0]?.artefact ?? '')
    desk.fleet.change(command.id, { state: 'succeeded', pages, result: { pages } })
    await page.locator(`.strip img[src*="${ids.at(-1)}"]`).waitFor()
  }
  await thumbs(page).nth(1).focus()
  await page.keyboard.press('Shift+ArrowLeft')
  assert.equal(await orderOf(page), ids.toReversed())
  await page.keyboard.press('r')
  await page.getByText(ru('page.turned', { number: 1 })).waitFor()
  await page.keyboard.press('End')
  await page.keyboard.press('Delete')
  assert.equal(await orderOf(page), [ids[1]])
  await page.keyboard.press('Control+z')
  assert.equal(await orderOf(page), ids.toReversed())
  await page.keyboard.press('Control+p')
  assert.is(await page.evaluate('document.activeElement.dataset.key'), 'print')
  await page.keyboard.press('Enter')
  await desk.fleet.asked('printer.print')
  const downloading = page.waitForEvent('download')
  await page.keyboard.press('Control+s')
  await downloading
  await page.keyboard.press('F1')
  await page.getByRole('dialog').getByText(ru('keys.regions')).waitFor()
  await page.keyboard.press('Escape')
  assert.is(await page.getByRole('dialog').count(), 0)
})

for (const colorScheme of ['light', 'dark'] as const) {
  anExpert(`finds nothing hard to see or reach, in ${colorScheme} colours`, async () => {
    const page = await desk.visit({ colorScheme, locale: 'tt-RU' })
    await page.locator('input[name=user]:focus').waitFor()
    assert.equal(await seriousAxeFindings(page), [])
    await desk.atBakhta(page)
    await desk.scanned(page, 'А', 'Б')
    await page.click('[data-key=print]')
    const print = await desk.fleet.asked('printer.print')
    desk.fleet.change(print.id, {
      state: 'running',
      progress: { step: 'printing', percent: 20, reasons: ['jam'] },
    })
    await page.click('[data-key=scan]')
    const scan = await desk.fleet.asked('scanner.scan')
    desk.fleet.change(scan.id, { state: 'failed', error: { code: 'jam', text: 'x', retryable: true } })
    await page.locator('.notice.bad').waitFor()
    assert.equal(await seriousAxeFindings(page), [])
    const small = await page
      .locator('button:visible, a.button:visible, select:visible, input.text:visible, label.check:visible')
      .evaluateAll((controls: { offsetWidth: number; offsetHeight: number; textContent: string }[]) =>
        controls
          .filter(({ offsetHeight, offsetWidth }) => offsetHeight < 42 || offsetWidth < 42)
          .map(({ textContent }) => textContent),
      )
    assert.equal(small, [], 'every control is large enough for a finger')
  })
}
anExpert.run()
