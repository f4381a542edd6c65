import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { translator } from '../../../../fleet/web/i18n/texts.ts'
import { ExpertPage, orderOf, thumbs } from '../../../support/expert-page.ts'
import { finishedPage } from '../../../support/paper.ts'

const ru = translator('ru')
const desk = new ExpertPage()

const anExpert = suite('an expert')
anExpert.before(() => desk.start())
anExpert.after(() => desk.stop())
anExpert.before.each(() => desk.begin())
anExpert.after.each(() => desk.end())

anExpert('prints the pages, and a file, with what this printer can do', async () => {
  const page = await desk.atBakhta(await desk.visit())
  await desk.scanned(page, 'А', 'Б', 'В')
  await page.getByRole('button', { name: `${ru('print.copies')} +` }).click()
  await page.getByLabel(ru('print.range')).fill('1-')
  assert.ok(await page.locator('[data-key=print]').isDisabled())
  await page.getByLabel(ru('print.range')).fill('2-4')
  await page.getByText(ru('print.range.beyond', { count: 3 })).waitFor()
  assert.ok(await page.locator('[data-key=print]').isDisabled())
  await page.getByLabel(ru('print.range')).fill('1, 2-3')
  await page.getByLabel(ru('print.duplex')).selectOption({ label: ru('duplex.long-edge') })
  await page.getByText(ru('print.colour')).click()
  await page.click('[data-key=print]')
  const first = await desk.fleet.asked('printer.print')
  const { document, ...rest } = first.input as { document: string }
  assert.equal(rest, { copies: 2, duplex: 'long-edge', colour: false, pages: '1,2-3' })
  assert.is(desk.fleet.files.get(document)?.artefact.mediaType, 'application/pdf')
  desk.fleet.change(first.id, {
    state: 'running',
    progress: { step: 'printing', page: 1, of: 3, percent: 33, reasons: ['media-empty'] },
  })
  await page.getByText('Печатает · Стр. 1 из 3 · 33 %').first().waitFor()
  await page.locator('.work [role=alert]', { hasText: 'Нет бумаги' }).waitFor()
  desk.fleet.change(first.id, { state: 'succeeded', result: { job: 1, impressions: 6 } })
  await page.getByText(ru('print.done', { count: 6 })).waitFor()

  const file = join(desk.folder, 'form.png')
  await writeFile(file, Buffer.from('89504e470d0a1a0a', 'hex'))
  await page.locator('input[type=file]').count()
  await page.getByRole('button', { name: ru('print.file'), exact: true }).click()
  await page.locator('input[type=file]').setInputFiles(file)
  await page.getByText('form.png').waitFor()
  await page.click('[data-key=print]')
  const second = await desk.fleet.asked('printer.print')
  const sent = desk.fleet.files.get((second.input as { document: string }).document)
  assert.is(sent?.artefact.mediaType, 'image/png')
  assert.is(sent?.bytes.length, 8)
})

anExpert('makes a copy', async () => {
  const page = await desk.atBakhta(await desk.visit())
  await page.getByRole('button', { name: ru('copy'), exact: true }).click()
  await page.getByRole('button', { name: ru('copy.start') }).click()
  const command = await desk.fleet.asked('copier.copy')
  assert.equal(command.input, { source: 'flatbed', copies: 1, mode: 'grey', duplex: 'none' })
  desk.fleet.change(command.id, { state: 'succeeded', result: { pages: 1, impressions: 1 } })
  await page.getByText(ru('copy.done', { pages: 1, count: 1 })).waitFor()
})

anExpert('keeps the pages of each terminal to itself, also over a reload', async () => {
  const page = await desk.atBakhta(await desk.visit())
  const [a = ''] = await desk.scanned(page, 'А')
  await page.locator('button.terminal', { hasText: 'Дружба' }).click()
  await page.getByText(ru('pages.none.do')).waitFor()
  await page.locator('button.terminal', { hasText: 'Бахта' }).click()
  assert.equal(await orderOf(page), [a])
  await page.reload()
  await thumbs(page).first().waitFor()
  assert.equal(await orderOf(page), [a])
  await page.getByRole('button', { name: ru('sign-out') }).click()
  await desk.signIn(page)
  assert.is(await thumbs(page).count(), 0, 'who signs out leaves nothing')
})

anExpert('asks once, though the answer is lost', async () => {
  const page = await desk.atBakhta(await desk.visit({}, /Failed to load resource/))
  desk.fleet.down = true
  desk.fleet.cutStreams()
  await page.getByText(ru('link.lost.do')).waitFor()
  await page.click('[data-key=scan]')
  desk.fleet.down = false
  const command = await desk.fleet.asked('scanner.scan')
  await page.getByText(ru('link.live'), { exact: true }).waitFor()
  const scans = [...desk.fleet.commands.values()].filter(({ name }) => name === 'scanner.scan')
  assert.equal(
    scans.map(({ id }) => id),
    [command.id],
  )
})

anExpert('catches up on what happened while the link was lost', async () => {
  const page = await desk.atBakhta(await desk.visit({}, /Failed to load resource/))
  await page.click('[data-key=scan]')
  const command = await desk.fleet.asked('scanner.scan')
  await desk.fleet.heard('GET', `/commands/${command.id}/events`)
  desk.fleet.down = true
  desk.fleet.cutStreams()
  await page.getByText(ru('link.lost.do')).waitFor()
  const pages = [await finishedPage(desk.fleet, command.id, 'А')]
  desk.fleet.change(command.id, { state: 'succeeded', pages, result: { pages } })
  desk.fleet.down = false
  await thumbs(page).first().waitFor()
})

anExpert('is connected again though the fleet has forgotten a command', async () => {
  const page = await desk.atBakhta(await desk.visit({}, /Failed to load resource/))
  await page.click('[data-key=scan]')
  const command = await desk.fleet.asked('scanner.scan')
  await desk.fleet.heard('GET', `/commands/${command.id}/events`)
  desk.fleet.commands.delete(command.id)
  desk.fleet.cutStreams()
  await page.getByText(ru('link.lost.do')).waitFor()
  await page.getByText(ru('link.live'), { exact: true }).waitFor()
})

anExpert('is asked to sign in again when the session has ended, and finds the pages in place', async () => {
  const page = await desk.atBakhta(await desk.visit({}, /Failed to load resource/))
  const [a = ''] = await desk.scanned(page, 'А')
  desk.fleet.endSessions()
  await page.click('[data-key=scan]')
  await desk.signIn(page)
  assert.equal(await orderOf(page), [a])
})
anExpert.run()
