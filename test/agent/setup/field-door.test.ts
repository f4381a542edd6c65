import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFieldDoor } from '../../../agent/setup/field-door.ts'
import { openRecord } from '../../../agent/setup/record.ts'
import type { Setup } from '../../../agent/setup/setup.ts'
import type { SetupState, SetupStep } from '../../../protocol/setup.ts'
import { scratch, silent } from '../../support/agent-parts.ts'

const { steps } = openRecord({ get: () => undefined, set: () => {} })
const state: SetupState = { serial: 'S', fingerprint: '1234 5678 9012', languages: ['ru'], steps }

const open = async (isBusy = false) => {
  const begun: (readonly [SetupStep, unknown])[] = []
  const setup: Setup = {
    state: async () => state,
    async *changes(signal) {
      yield state
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
    begin: (step, input) => !isBusy && begun.push([step, input]) > 0,
    cancel: () => void begun.push(['scan', 'cancelled']),
    over: false,
    start: () => undefined,
    stop: async () => undefined,
  }
  const page = scratch()
  await mkdir(join(page, 'assets'))
  await writeFile(join(page, 'index.html'), '<!doctype html>')
  await writeFile(join(page, 'assets', 'index-1.js'), '1')
  await writeFile(join(page, 'secret.pem'), 'PEM')
  const field = createFieldDoor({ setup, page, port: 0, logger: silent })
  await field.start()
  return { field, begun, port: Number(new URL(field.url).port) }
}

interface Asked {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

const ask = (port: number, path: string, { method = 'GET', headers = {}, body = '' }: Asked = {}) =>
  new Promise<{ readonly status: number; readonly text: string; readonly headers: Record<string, unknown> }>(
    (resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        answer.on('error', () => {})
        answer.on('close', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }))
      })
      asked.on('error', reject)
      asked.end(body)
    },
  )

const json = { 'content-type': 'application/json' }

const theFieldDoor = suite('the field door')

theFieldDoor('shows the page and the state, under a strict policy', async () => {
  const { field, port } = await open()
  const page = await ask(port, '/')
  assert.equal([page.status, page.text], [200, '<!doctype html>'])
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/)
  assert.is((await ask(port, '/assets/index-1.js')).headers['content-type'], 'text/javascript; charset=utf-8')
  assert.equal(JSON.parse((await ask(port, '/setup')).text), state)
  await field.stop()
})

theFieldDoor('gives no other file', async () => {
  const { field, port } = await open()
  for (const path of ['/secret.pem', '/assets/../secret.pem', '/%2e%2e/x.js', '/none.js']) {
    assert.is((await ask(port, path)).status, 404, path)
  }
  await field.stop()
})

theFieldDoor('answers to no name but one of loopback, and to no other page', async () => {
  const { field, port, begun } = await open()
  const strangers: readonly Record<string, string>[] = [
    { host: 'evil.test' },
    { host: `evil.test:${port}` },
    { host: '127.0.0.1' },
    { origin: 'http://evil.test' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ]
  for (const headers of strangers) {
    const posted = { method: 'POST', headers: { ...json, ...headers }, body: '{}' }
    assert.is((await ask(port, '/setup/uplink', posted)).status, 403, JSON.stringify(headers))
    assert.is((await ask(port, '/setup', { headers })).status, 403)
  }
  assert.is(begun.length, 0)
  const own = { ...json, origin: `http://localhost:${port}`, host: `localhost:${port}` }
  assert.is((await ask(port, '/setup/uplink', { method: 'POST', headers: own, body: '{}' })).status, 202)
  await field.stop()
})

theFieldDoor('begins steps with what a form of another page cannot send', async () => {
  const { field, port, begun } = await open()
  const post = (path: string, headers: Record<string, string>, body: string) =>
    ask(port, path, { method: 'POST', headers, body }).then(({ status }) => status)
  assert.is(await post('/setup/claim', json, '{"code":"X"}'), 202)
  assert.is(await post('/setup/claim', { 'content-type': 'text/plain' }, '{}'), 415)
  assert.is(await post('/setup/claim', json, '{'), 400)
  assert.is(await post('/setup/nothing', json, '{}'), 404)
  const large = { ...json, 'content-length': '65538' }
  assert.is(await post('/setup/claim', large, `"${'x'.repeat(65_536)}"`), 413)
  assert.is((await ask(port, '/setup/running', { method: 'DELETE', headers: json })).status, 200)
  assert.equal(begun, [
    ['claim', { code: 'X' }],
    ['scan', 'cancelled'],
  ])
  await field.stop()
})

theFieldDoor('begins no second step, and ends its listeners when it closes', async () => {
  const { field, port } = await open(true)
  assert.is((await ask(port, '/setup/scan', { method: 'POST', headers: json, body: '{}' })).status, 409)
  const events = ask(port, '/setup/events').catch(() => undefined)
  await ask(port, '/setup')
  await field.stop()
  await events
})

theFieldDoor.run()
