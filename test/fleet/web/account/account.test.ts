import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { translator } from '../../../../fleet/web/i18n/texts.ts'
import { codeAt } from '../../../support/authenticator-app.ts'
import { openBrowser, openPage, seriousAxeFindings, type WatchedPage } from '../../../support/browser.ts'
import { openPeoplesDoor } from '../../../support/people-door.ts'

const password = 'a long password'
const ru = translator('ru')

let folder = ''
let browser: Browser
let door: Awaited<ReturnType<typeof openPeoplesDoor>>
let url = ''
let open: WatchedPage[] = []

const theAccount = suite("a person's own account")

theAccount.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avyl-pages-'))
  const vite = resolve('node_modules/vite/bin/vite.js')
  const args = ['build', 'fleet/web', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error']
  await promisify(execFile)(process.execPath, [vite, ...args])
  browser = await openBrowser()
})
theAccount.after(async () => {
  await browser.close()
  await rm(folder, { recursive: true, force: true })
})
theAccount.before.each(async () => {
  door = await openPeoplesDoor(folder)
  await door.auth.users.put('expert', password, 'expert')
  await door.app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://localhost:${(door.app.server.address() as AddressInfo).port}/`
})
theAccount.after.each(async () => {
  for (const { page } of open) await page.context().close()
  const faults = open.flatMap((one) => one.faults)
  open = []
  await door.close()
  assert.equal(faults, [], 'the page behaved')
})

/** Opens the page in a browser that has an authenticator of its own, as a notebook has. */
const visit = async (excused?: RegExp): Promise<Page> => {
  const watched = await openPage(browser, url, {}, excused)
  open.push(watched)
  const devtools = await watched.page.context().newCDPSession(watched.page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  })
  return watched.page
}

const signIn = async (page: Page, secret = password): Promise<void> => {
  await page.fill('.sign-in input[name=user]', 'expert')
  await page.fill('.sign-in input[name=password]', secret)
  await page.keyboard.press('Enter')
}

const press = (page: Page, key: Parameters<typeof ru>[0]) =>
  page.getByRole('button', { name: ru(key), exact: true }).click()

const toAccount = async (page: Page): Promise<void> => {
  await page.getByRole('link', { name: ru('account'), exact: true }).click()
  await page.locator('main.account').waitFor()
}

const picture = async (page: Page, name: string): Promise<void> => {
  const to = process.env.AVYL_PICTURES
  if (to !== undefined) await page.screenshot({ path: join(to, `${name}.png`), fullPage: true })
}

theAccount('gets an authenticator app, which the next sign-in asks for, and recovery codes', async () => {
  const page = await visit(/403/)
  await signIn(page)
  await page.locator('nav').waitFor()
  await toAccount(page)
  await press(page, 'account.totp.add')
  const typed = (await page.locator('.setup code').textContent()) ?? ''
  const code = (steps = 0) => codeAt(typed, door.clock.now() + steps * 30_000)
  await picture(page, 'account-totp-ru')
  await page.fill('input[name=code]', '000000')
  await press(page, 'account.totp.confirm')
  await page.locator('.notice.bad').waitFor()
  await page.fill('input[name=code]', code())
  await press(page, 'account.totp.confirm')
  const codes = await page.locator('dialog .codes li').allTextContents()
  assert.is(new Set(codes).size, 10)
  await picture(page, 'account-codes-ru')
  assert.equal(await seriousAxeFindings(page), [])
  await press(page, 'account.codes.kept')
  assert.equal(await seriousAxeFindings(page), [])
  await picture(page, 'account-ru')
  await page.locator('.languages button[lang=tt]').click()
  await picture(page, 'account-tt')
  await page.locator('.languages button[lang=ru]').click()

  await press(page, 'sign-out')
  await signIn(page)
  await page.locator('input[name=code]').waitFor()
  assert.equal(await seriousAxeFindings(page), [])
  await picture(page, 'code-ru')
  await page.keyboard.type(code())
  await page.keyboard.press('Enter')
  await page.locator('.notice.bad').waitFor()
  assert.match(String(await page.locator('.notice.bad').textContent()), 'код', 'a code is good once')
  await page.fill('input[name=code]', code(1))
  await page.keyboard.press('Enter')
  await page.locator('nav').waitFor()

  await press(page, 'sign-out')
  await signIn(page)
  await page.fill('input[name=code]', (codes[0] ?? '').toLowerCase())
  await page.keyboard.press('Enter')
  await page.locator('nav').waitFor()
  await toAccount(page)
  await page.getByText(ru('account.codes.left', { count: 9 })).waitFor()
})

theAccount('is left only when the fleet has ended the session', async () => {
  const page = await visit(/ERR_FAILED/)
  await signIn(page)
  await page.locator('nav').waitFor()
  await toAccount(page)
  await page.route('**/api/v1/session', (route) => route.abort())
  await press(page, 'sign-out')
  await page.getByText(ru('sign-out.failed')).waitFor()
  await page.unroute('**/api/v1/session')
  await press(page, 'sign-out')
  await page.locator('.sign-in').waitFor()
})

theAccount('gets a passkey, which alone is enough to sign in', async () => {
  const page = await visit(/403/)
  await picture(page, 'sign-in-ru')
  await signIn(page)
  await page.locator('nav').waitFor()
  await toAccount(page)
  await press(page, 'account.passkeys.add')
  await press(page, 'account.codes.kept')
  await page.locator('.entries li', { hasText: 'Chrome' }).first().waitFor()
  await press(page, 'sign-out')
  await press(page, 'sign-in.passkey')
  await page.locator('nav').waitFor()
  const [user] = await door.auth.users.list()
  const [passkey] = await door.auth.factors.passkeys.list(user?.id ?? '')
  assert.is(passkey?.lastUsedAt, door.clock.now())

  await toAccount(page)
  await door.clock.pass(11 * 60_000)
  await page.getByRole('button', { name: `${ru('account.remove')}: Chrome, Linux` }).click()
  await page.fill('dialog input[name=password]', 'wrong')
  await page.keyboard.press('Enter')
  await page.locator('dialog .notice.bad').waitFor()
  await picture(page, 'account-confirm-ru')
  assert.equal(await seriousAxeFindings(page), [])
  await page.fill('dialog input[name=password]', password)
  await page.keyboard.press('Enter')
  await page.locator('dialog').waitFor({ state: 'detached' })
  await page.locator('section[aria-labelledby=passkeys-title] li').waitFor({ state: 'detached' })
  await press(page, 'sign-out')
  await press(page, 'sign-in.passkey')
  await page.locator('.notice.bad').waitFor()
})

theAccount('asks for another password first where the old one was given by somebody else', async () => {
  const [user] = await door.auth.users.list()
  await door.auth.users.setPassword(user?.id ?? '', 'a given password', { mustChange: true })
  const page = await visit(/40[039]/)
  await signIn(page, 'a given password')
  await page.locator('main.account .notice.warn').waitFor()
  assert.is(await page.locator('section').count(), 1)
  await picture(page, 'account-owes-ru')
  await page.fill('input[name=current]', 'a given password')
  await page.fill('input[name=next]', 'qwertyuiop')
  await press(page, 'account.password.change')
  await page.locator('.notice.bad').waitFor()
  await page.fill('input[name=next]', 'another long password')
  await page.keyboard.press('Enter')
  await page.getByText(ru('account.password.changed')).waitFor()
  await page.getByRole('link', { name: ru('account.back') }).click()
  await page.locator('nav').waitFor()
})

theAccount('asks for a second factor first where the role needs one', async () => {
  await door.auth.policies.set({ role: 'expert', secondFactor: true })
  const page = await visit(/40[039]/)
  await signIn(page)
  await page.locator('main.account .notice.warn').waitFor()
  await press(page, 'account.passkeys.add')
  await press(page, 'account.codes.kept')
  await page.getByRole('link', { name: ru('account.back') }).waitFor()
  await page.getByRole('button', { name: `${ru('account.remove')}: Chrome, Linux` }).click()
  await page.locator('.notice.bad').waitFor()
  await page.getByRole('link', { name: ru('account.back') }).click()
  await page.locator('nav').waitFor()
})

theAccount('shows where one is signed in, and ends it there', async () => {
  const [user] = await door.auth.users.list()
  await door.auth.sessions.begin(user ?? { id: '' }, { agent: 'Mozilla/5.0 (X11; Linux) Firefox/140.0' })
  const page = await visit()
  await signIn(page)
  await page.locator('nav').waitFor()
  await toAccount(page)
  await page.getByRole('button', { name: `${ru('account.sessions.end')}: Firefox, Linux` }).click()
  await page.getByText('Firefox').waitFor({ state: 'detached' })
  assert.is((await door.auth.sessions.list(user?.id ?? '')).length, 1)
  await door.auth.sessions.endAll(user?.id ?? '')
  await page.reload()
  await page.locator('input[name=user]').waitFor()
})

theAccount.run()
