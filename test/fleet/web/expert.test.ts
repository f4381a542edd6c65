import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { translator } from '../../../fleet/web/i18n/texts.ts'
import { ExpertPage, orderOf, thumbs } from '../../support/expert-page.ts'
import { bandsOf, finishedPage } from '../../support/paper.ts'
import { someTerminals } from '../../support/village-terminals.ts'

const maxScriptBytes = 60 * 1024
const ru = translator('ru')
const desk = new ExpertPage()

const anExpert = suite('an expert')
anExpert.before(() => desk.start())
anExpert.after(() => desk.stop())
anExpert.before.each(() => desk.begin())
anExpert.after.each(() => desk.end())

anExpert('gets a page whose script is small and that holds no inline code', async () => {
  const files = await readdir(join(desk.folder, 'assets'))
  const scripts = files.filter((file) => file.endsWith('.js'))
  assert.ok(scripts.length > 0)
  for (const script of scripts) {
    const size = gzipSync(await readFile(join(desk.folder, 'assets', script))).length
    assert.ok(size <= maxScriptBytes, `${script} has ${size} bytes`)
  }
  const html = await readFile(join(desk.folder, 'index.html'), 'utf8')
  assert.not.match(html, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/)
})

anExpert('signs in, and reads why it did not work', async () => {
  const page = await desk.visit()
  await page.fill('input[name=user]', 'expert')
  await page.fill('input[name=password]', 'wrong')
  await page.keyboard.press('Enter')
  assert.match(String(await page.locator('[role=alert]').textContent()), ru('sign-in.wrong'))
  await desk.signIn(page)
  await page.getByText(ru('link.live'), { exact: true }).waitFor()
  await page.getByRole('button', { name: ru('sign-out') }).click()
  await page.locator('input[name=user]').waitFor()
})

anExpert('who could not be signed out is told so, and stays until it is done', async () => {
  const page = await desk.visit({}, /status of 500/)
  await desk.signIn(page)
  desk.fleet.refusals.set('DELETE /session', 'internal')
  const leave = page.getByRole('button', { name: ru('sign-out') })
  await leave.click()
  await page.getByText(ru('sign-out.failed')).waitFor()
  assert.is(await page.locator('input[name=user]').count(), 0)
  desk.fleet.endSessions()
  await leave.click()
  await page.locator('input[name=user]').waitFor()
})

anExpert('sees the terminals with shape, word and colour, and their changes as they happen', async () => {
  const page = await desk.visit()
  await desk.signIn(page)
  const item = (village: string) => page.locator('button.terminal', { hasText: village })
  assert.match(String(await item('Бахта').textContent()), 'Мало тонера')
  assert.match(String(await item('Дружба').textContent()), 'Нет бумаги')
  assert.match(String(await item('Кителга').textContent()), /Нет связи с /)
  assert.is(await item('Кителга').locator('.state.bad').count(), 1)
  const back = someTerminals().find(({ village }) => village === 'Кителга')
  if (back !== undefined) desk.fleet.setTerminal({ ...back, state: 'online' })
  await item('Кителга').locator('.state.good').waitFor()
  await page.fill('input[type=search]', 'җир')
  assert.is(await page.locator('button.terminal').count(), 1)
  await page.fill('input[type=search]', 'Казань')
  assert.match(String(await page.locator('nav').textContent()), ru('terminals.not-found'))
})

anExpert('believes what happened after a list was made, though the list comes later', async () => {
  const page = await desk.visit()
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Network.enable')
  const [bakhta] = someTerminals()
  assert.ok(bakhta)
  await page.route('**/api/v1/terminals', async (route) => {
    const response = await route.fetch()
    const told = Promise.withResolvers<void>()
    devtools.on('Network.eventSourceMessageReceived', ({ eventName }) => {
      if (eventName === 'terminal') told.resolve()
    })
    desk.fleet.setTerminal({ ...bakhta, state: 'offline' })
    await told.promise
    await route.fulfill({ response })
  })
  await desk.signIn(page)
  await page.getByText(ru('link.live'), { exact: true }).waitFor()
  const shown = page.locator('button.terminal', { hasText: 'Бахта' })
  assert.is(await shown.locator('.state.bad').count(), 1)
  assert.is(await page.locator('button.terminal').count(), someTerminals().length)
})

for (const [what, beatMs] of [
  ['after its first heartbeat', 8000],
  ['before it told anything', undefined],
] as const) {
  anExpert(`opens a line again that falls silent ${what}`, async () => {
    desk.fleet.beatMs = beatMs
    const page = await desk.visit()
    await page.clock.install()
    await desk.signIn(page)
    await page.getByText(ru('link.live'), { exact: true }).waitFor()

    const again = page.waitForRequest('**/api/v1/events')
    await page.clock.fastForward(30_001)
    await again
    await page.getByText(ru('link.live'), { exact: true }).waitFor()
  })
}

anExpert('who touches nothing for a minute asks nothing: the page says that it does', async () => {
  const page = await desk.visit({}, /Failed to load resource/)
  await page.clock.install()
  await desk.signIn(page)
  const live = page.getByText(ru('link.live'), { exact: true })
  const marks = async (): Promise<boolean> => {
    await live.waitFor()
    const asked = page.waitForRequest('**/api/v1/terminals')
    desk.fleet.cutStreams()
    return 'avyl-background' in (await asked).headers()
  }
  assert.is(await marks(), false)
  await page.clock.fastForward(60_001)
  assert.is(await marks(), true)
  await page.mouse.move(100, 100)
  assert.is(await marks(), false)
})

anExpert('is told what to do next where there is nothing yet', async () => {
  desk.fleet.terminals.clear()
  const page = await desk.visit()
  await page.fill('input[name=user]', desk.fleet.login.user)
  await page.fill('input[name=password]', desk.fleet.login.password)
  await page.keyboard.press('Enter')
  await page.getByText(ru('terminals.none')).waitFor()
  for (const terminal of someTerminals()) desk.fleet.setTerminal(terminal)
  await page.locator('button.terminal', { hasText: 'Бахта' }).click()
  await page.getByText(ru('pages.none.do')).waitFor()
  await page.getByText(ru('print.nothing')).waitFor()
  await page.locator('button.terminal', { hasText: 'Җирекле' }).click()
  await page.getByText(ru('scan.absent.do')).waitFor()
  assert.ok(await page.locator('[data-key=scan]').isDisabled())
})

anExpert('scans within what the scanner can do, and sees the page while it moves', async () => {
  const page = await desk.atBakhta(await desk.visit())
  await page.getByRole('button', { name: ru('source.feeder') }).click()
  assert.is(await page.getByRole('button', { name: ru('mode.blackwhite') }).count(), 0)
  assert.equal(await page.locator('aside select').first().locator('option').allInnerTexts(), [
    '150 т/д',
    '300 т/д',
  ])
  await page.getByRole('button', { name: ru('mode.grey') }).click()
  await page.locator('aside select').first().selectOption({ label: '150 т/д' })
  await page.click('[data-key=scan]')
  const command = await desk.fleet.asked('scanner.scan')
  assert.equal(command.input, { source: 'feeder', dpi: 150, mode: 'grey', clean: true, format: 'jpeg' })

  await desk.fleet.heard('GET', `/commands/${command.id}/events`)
  desk.fleet.change(command.id, { state: 'running' })
  desk.fleet.progress(command.id, { step: 'scanning', page: 1, percent: 60 })
  for (const band of await bandsOf('СПРАВКА', 0.6)) desk.fleet.band(command.id, band)
  const canvas = page.locator('.paper canvas')
  await canvas.waitFor()
  await page.waitForFunction('document.querySelector(".paper canvas").height >= 480')
  const ink = await page.evaluate(
    'document.querySelector(".paper canvas").getContext("2d").getImageData(80, 194, 1, 1).data[0]',
  )
  assert.ok(Number(ink) < 200, 'the rows of the page are drawn')
  assert.match(String(await page.locator('.strip .live').textContent()), '60 %')
  assert.is(await page.locator('aside progress').first().getAttribute('value'), '60')

  const pages = [
    await finishedPage(desk.fleet, command.id, 'Раз'),
    await finishedPage(desk.fleet, command.id, 'Два'),
  ]
  desk.fleet.change(command.id, { pages: pages.slice(0, 1) })
  await thumbs(page).first().waitFor()
  desk.fleet.change(command.id, { state: 'succeeded', pages, result: { pages } })
  await thumbs(page).nth(1).waitFor()
  assert.is(String(await page.locator('.strip [aria-current]').textContent()), '2')
})

anExpert('begins with what the terminal is configured to, and says what was chosen instead', async () => {
  desk.fleet.defaults = {
    scan: { dpi: 150, mode: 'grey', format: 'pdf', clean: 'straighten' },
    print: { duplex: 'long-edge', colour: false },
  }
  const page = await desk.atBakhta(await desk.visit())
  const clean = page.getByLabel(ru('scan.clean'))
  await clean
    .locator('option:checked', { hasText: ru('scan.clean.straighten') })
    .waitFor({ state: 'attached' })
  const pressed = page.locator('aside [aria-pressed=true]')
  assert.ok((await pressed.allInnerTexts()).includes(ru('mode.grey')))
  const scan = { source: 'flatbed', dpi: 150, mode: 'grey', format: 'jpeg' }
  await page.click('[data-key=scan]')
  const first = await desk.fleet.asked('scanner.scan')
  assert.equal(first.input, scan)
  desk.fleet.change(first.id, { state: 'failed', error: { code: 'jam', text: 'x', retryable: true } })
  await clean.selectOption({ label: ru('scan.clean.full') })
  await page.click('[data-key=scan]')
  assert.equal((await desk.fleet.asked('scanner.scan')).input, { ...scan, clean: true })
  assert.is(await page.getByLabel(ru('print.colour')).isChecked(), false)
  assert.is(await page.getByLabel(ru('print.duplex')).inputValue(), 'long-edge')
})

anExpert('is told that a page is on its way until its picture has come', async () => {
  const page = await desk.atBakhta(await desk.visit())
  await page.click('[data-key=scan]')
  const command = await desk.fleet.asked('scanner.scan')
  const finished = await finishedPage(desk.fleet, command.id, 'Раз')
  const file = desk.fleet.files.get(finished.artefact)
  assert.ok(file)
  desk.fleet.files.delete(finished.artefact)
  const pages = [finished]
  desk.fleet.change(command.id, { state: 'succeeded', pages, result: { pages } })
  const told = page.locator('.sheet').getByText(ru('page.coming'))
  await told.waitFor()
  desk.fleet.files.set(finished.artefact, file)
  await told.waitFor({ state: 'detached' })
  const picture = page.locator('.sheet .picture img')
  const seen = await picture.evaluate((one) => (one as unknown as { naturalWidth: number }).naturalWidth > 0)
  assert.ok(seen)
})

anExpert('cancels a scan', async () => {
  const page = await desk.atBakhta(await desk.visit())
  await page.click('[data-key=scan]')
  const command = await desk.fleet.asked('scanner.scan')
  await page
    .locator('aside')
    .getByRole('button', { name: ru('cancel') })
    .click()
  await page.getByText(ru('command.state.cancelled')).waitFor()
  assert.is(desk.fleet.commands.get(command.id)?.state, 'cancelled')
})

anExpert('turns, moves, deletes and brings back pages, and saves them as one PDF', async () => {
  const page = await desk.atBakhta(await desk.visit({ acceptDownloads: true }))
  const [a = '', b = '', c = ''] = await desk.scanned(page, 'А', 'Б', 'В')
  await thumbs(page).nth(0).click()
  await page.getByRole('button', { name: ru('turn.right') }).click()
  await page.getByRole('button', { name: ru('move.on') }).click()
  assert.equal(await orderOf(page), [b, a, c])
  await thumbs(page).nth(2).dragTo(thumbs(page).nth(0))
  assert.equal(await orderOf(page), [c, b, a])
  await page.getByRole('button', { name: ru('delete') }).click()
  assert.equal(await orderOf(page), [b, a])
  await page.getByRole('button', { name: ru('undo'), exact: true }).click()
  assert.equal(await orderOf(page), [c, b, a])

  await page.getByText(ru('save.searchable')).click()
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: ru('save'), exact: true }).click()
  const download = await downloading
  assert.match(download.suggestedFilename(), /^Бахта \d{4}-\d\d-\d\d \d\d-\d\d\.pdf$/)
  const { body } = await desk.fleet.heard('POST', '/documents/from-pages')
  assert.equal(body, {
    pages: [
      { artefact: c, rotate: 0 },
      { artefact: b, rotate: 0 },
      { artefact: a, rotate: 90 },
    ],
    searchable: true,
  })
  await page.getByText(ru('save.done')).waitFor()
})

anExpert('has every tool in its room, however wide the screen is', async () => {
  const page = await desk.atBakhta(await desk.visit())
  for (const width of [1920, 1366, 1280, 1024]) {
    await page.setViewportSize({ width, height: 768 })
    const room = await page.locator('.tools').boundingBox()
    for (const tool of await page.locator('.tools :is(button, label)').all()) {
      const box = await tool.boundingBox()
      const isInside =
        box !== null &&
        room !== null &&
        box.x >= room.x &&
        box.x + box.width <= room.x + room.width &&
        box.y >= room.y &&
        box.y + box.height <= room.y + room.height
      assert.ok(isInside, `${await tool.textContent()} at ${width}`)
    }
  }
})

anExpert('looks closer at a page', async () => {
  const page = await desk.atBakhta(await desk.visit())
  const [a = ''] = await desk.scanned(page, 'А')
  const width = async () => (await page.locator('.scroller .picture').boundingBox())?.width ?? 0
  const fit = await width()
  await page.getByRole('button', { name: ru('zoom.in') }).click()
  await page.getByRole('button', { name: ru('zoom.in') }).click()
  await page.waitForFunction('document.querySelectorAll(".scroller img").length === 2')
  await desk.fleet.heard('GET', `/artefacts/${a}`)
  assert.ok((await width()) > fit)
  await page.locator('.scroller').focus()
  await page.keyboard.press('0')
  assert.is(await width(), fit)
})

anExpert('chooses the language, which is remembered', async () => {
  const page = await desk.visit()
  await page.locator('.languages button[lang=tt]').click()
  await page.getByRole('heading', { name: translator('tt')('sign-in.title') }).waitFor()
  assert.is(await page.locator('html').getAttribute('lang'), 'tt')
  await page.reload()
  await page.getByRole('heading', { name: translator('tt')('sign-in.title') }).waitFor()
})
anExpert.run()
