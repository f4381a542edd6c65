import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { carefulLookup, isForbidden } from '../../../fleet/alerts/channels/address.ts'
import type { Channel, Incident } from '../../../fleet/api/incident-schemas.ts'
import { type Alertings, openAlerting } from '../../support/alerting.ts'
import { issue } from '../../support/pki.ts'

/** A mail server of a test: with STARTTLS, a user, and a fault that the test chooses. */
const openMailServer = async () => {
  const authority = await issue(undefined, { name: 'mail authority', authority: true })
  const holder = await issue(authority, { purpose: 'server' })
  const mails: { raw: string; secure: boolean; user: string | undefined; to: string[] }[] = []
  let refusals = 0
  const server = new SMTPServer({
    key: holder.key,
    cert: holder.certificate,
    authOptional: false,
    logger: false,
    onAuth: ({ username, password }, _, done) =>
      password === 'a secret word' ? done(null, { user: username ?? '' }) : done(new Error('no')),
    onData: (stream, session, done) => {
      buffer(stream).then((bytes) => {
        if (refusals-- > 0) return done(Object.assign(new Error('later'), { responseCode: 451 }))
        mails.push({
          raw: bytes.toString('latin1'),
          secure: session.secure,
          user: session.user as string | undefined,
          to: session.envelope.rcptTo.map(({ address }) => address),
        })
        done()
      }, done)
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    ...{ port, mails, ca: authority.certificate },
    refuse: (count: number) => {
      refusals = count
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

interface Hit {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver of webhooks that answers as the test says; a status of 0 is no answer. */
const openReceiver = async () => {
  const hits: Hit[] = []
  const state = { status: 200, location: '' }
  const server = createServer((request, response) => {
    text(request).then(
      (body) => {
        hits.push({ headers: request.headers, body })
        if (state.status === 0) return
        response
          .writeHead(state.status, state.location ? { location: state.location } : {})
          .end('x'.repeat(100))
      },
      () => {},
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { hits, state, url, close }
}

let mail: Awaited<ReturnType<typeof openMailServer>>
let hook: Awaited<ReturnType<typeof openReceiver>>
let watch: Alertings

const mailChannel = (more: object = {}): Channel =>
  ({
    ...{ name: 'duty', kind: 'email', to: ['duty@example.test'], from: 'avyl@example.test' },
    ...{ host: 'localhost', port: mail.port, secure: 'starttls', language: 'ru' },
    ...{ user: 'avyl', password: 'a secret word' },
    ...more,
  }) as Channel
const hookChannel = (more: object = {}): Channel =>
  ({ name: 'duty', kind: 'webhook', url: hook.url, secret: 'a shared secret', ...more }) as Channel
const put = (channel: Channel) => watch.alerting.channels.put(channel, 'user:one')
const refused = async (channel: Channel) => {
  const problem = await put(channel).then(
    () => undefined,
    (error: { code?: string }) => error.code,
  )
  assert.is(problem, 'invalid', JSON.stringify(channel))
}
const codeOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    ({ code }: { code?: string }) => code,
  )
/** Raises one incident of its own for each terminal, at once. */
const breakScreens = async (...ids: readonly string[]) => {
  for (const id of ids) {
    watch.put(id, {
      state: 'reduced',
      capabilities: { screen: { present: true, ok: false, detail: 'a\r\nBcc: b' } },
    })
  }
  await watch.pass(124)
}
const bodyOf = (raw: string): string => {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const body = rest.join('\r\n\r\n')
  if (/transfer-encoding: base64/i.test(head)) return Buffer.from(body, 'base64').toString()
  const bytes = body
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

const begin = async () => {
  mail = await openMailServer()
  hook = await openReceiver()
}
const end = async () => {
  await mail.close()
  await hook.close()
}
const open = async () => {
  watch = await openAlerting({ mailCa: mail.ca })
}
const close = async () => {
  await watch.close()
  mail.mails.splice(0)
  hook.hits.splice(0)
  mail.refuse(0)
  Object.assign(hook.state, { status: 200, location: '' })
}

const byMail = suite('a mail channel')
byMail.before(begin)
byMail.before.each(open)
byMail.after.each(close)
byMail.after(end)

byMail(
  'brings an incident with its runbook over STARTTLS, as plain text that nothing can be smuggled into',
  async () => {
    await put(mailChannel())
    await breakScreens('t1')
    const [first, ...others] = mail.mails
    assert.is(others.length, 0)
    assert.equal([first?.secure, first?.user, first?.to], [true, 'avyl', ['duty@example.test']])
    const raw = first?.raw ?? ''
    const [head = ''] = raw.split('\r\n\r\n')
    assert.match(head, /^Content-Type: text\/plain; charset=utf-8/im)
    assert.match(head, /^Message-ID: <[0-9a-f-]{36}@avyl\.invalid>/im)
    assert.not.match(raw, /^bcc:/im)
    const body = bodyOf(raw)
    assert.match(body, 'Внимание: Экран киоска не отвечает')
    assert.match(body, 'village of t1')
    assert.match(body, 'Подробно: a Bcc: b')
    assert.match(body, '1. Перезапустите киоск')
    watch.put('t1', { capabilities: { screen: { present: true, ok: true } } })
    await watch.pass(40)
    assert.match(bodyOf(mail.mails[1]?.raw ?? ''), 'Прошло: Экран киоска не отвечает')
  },
)

byMail('tries again under the same Message-ID until the server takes it', async () => {
  await put(mailChannel({ language: 'en' }))
  mail.refuse(2)
  await breakScreens('t1')
  await watch.pass(16)
  assert.is(mail.mails.length, 0)
  assert.ok(watch.alerting.delivery.healthOf('duty').failingSince)
  await watch.pass(32)
  assert.is(mail.mails.length, 1)
  assert.is(watch.alerting.delivery.healthOf('duty').failingSince, undefined)
  const rows = await watch.database
    .selectFrom('alert_outbox')
    .selectAll()
    .where('channel', '=', 'duty')
    .execute()
  const [row] = rows.filter(({ kind, tries }) => kind === 'opened' && tries === 3)
  assert.ok(mail.mails[0]?.raw.includes(`<${row?.message}@avyl.invalid>`))
})

byMail('goes on after a restart in the middle, and tells each once', async () => {
  await put(mailChannel())
  mail.refuse(1)
  await breakScreens('t1', 't2')
  await watch.restart()
  await watch.pass(40)
  const told = mail.mails.map(({ raw }) => /village of (t\d)/.exec(bodyOf(raw))?.[1])
  assert.equal(told.sort(), ['t1', 't2'])
})

byMail('makes a storm one digest', async () => {
  await put(mailChannel({ language: 'tt' }))
  await breakScreens(...Array.from({ length: 30 }, (_, n) => `t${n}`))
  assert.is(mail.mails.length, 1)
  assert.match(bodyOf(mail.mails[0]?.raw ?? ''), 'Берьюлы күп нәрсә булды, шуңа күрә 30 хат урынына берәү:')
})

byMail('is bounded to one message a minute in the long run', async () => {
  await put(mailChannel())
  for (let n = 0; n < 12; n++) {
    watch.put(`t${n}`, { state: 'reduced', capabilities: { screen: { present: true, ok: false } } })
    await watch.pass(10)
  }
  await watch.pass(240)
  assert.ok(mail.mails.length <= 6 + 6, `${mail.mails.length} mails`)
  const all = mail.mails.map(({ raw }) => bodyOf(raw)).join('\n')
  for (let n = 0; n < 12; n++) assert.ok(new RegExp(`village of t${n}\\b`).test(all), `t${n} was told`)
})

byMail('tells in a test what is wrong, without a secret', async () => {
  const { delivery } = watch.alerting
  await put(mailChannel())
  assert.is(await delivery.test('duty'), undefined)
  assert.is(mail.mails.length, 1)
  await put(mailChannel({ password: 'a wrong word' }))
  assert.match((await delivery.test('duty')) ?? '', /does not accept the user or the password/)
  await put(mailChannel({ secure: 'tls' }))
  assert.match((await delivery.test('duty')) ?? '', /mail server/)
  await put(mailChannel({ port: 1 }))
  assert.match((await delivery.test('duty')) ?? '', /cannot be reached/)
  assert.is(await codeOf(delivery.test('nothing')), 'not-found')
})

byMail('trusts no certificate that nobody vouches for', async () => {
  const doubting = await openAlerting()
  await doubting.alerting.channels.put(mailChannel(), 'user:one')
  assert.match(
    (await doubting.alerting.delivery.test('duty')) ?? '',
    /certificate is not trusted|no proper TLS/,
  )
  assert.is(mail.mails.length, 0)
  await doubting.close()
})

byMail.run()

const byHook = suite('a webhook')
byHook.before(begin)
byHook.before.each(open)
byHook.after.each(close)
byHook.after(end)

byHook('brings signed JSON, under the same key at every try', async () => {
  await put(hookChannel())
  hook.state.status = 503
  await breakScreens('t1')
  hook.state.status = 204
  await watch.pass(20)
  const [first, second] = hook.hits
  assert.is(hook.hits.length, 2)
  assert.is(first?.headers['idempotency-key'], second?.headers['idempotency-key'])
  const mac = createHmac('sha256', 'a shared secret')
    .update(second?.body ?? '')
    .digest('hex')
  assert.is(second?.headers['x-avyl-signature'], `sha256=${mac}`)
  const { v, notices } = JSON.parse(second?.body ?? '') as {
    v: number
    notices: { kind: string; incident: Incident }[]
  }
  assert.equal(
    [v, notices.length, notices[0]?.kind, notices[0]?.incident.terminals],
    [1, 1, 'opened', ['t1']],
  )
})

byHook('follows no redirect and says so', async () => {
  await put(hookChannel())
  Object.assign(hook.state, { status: 302, location: `${hook.url}/elsewhere` })
  assert.match((await watch.alerting.delivery.test('duty')) ?? '', /sends elsewhere \(302\)/)
  assert.is(hook.hits.length, 1)
  hook.state.status = 500
  assert.match((await watch.alerting.delivery.test('duty')) ?? '', /answered 500/)
})

byHook('that is dead delays no other channel, and is itself an incident', async () => {
  await put(hookChannel({ url: 'http://127.0.0.1:1/' }))
  await put(mailChannel({ name: 'chief' }))
  const rule = watch.alerting.rules.get('screen-fault')?.rule
  if (!rule) throw new Error('there is no such rule')
  await watch.alerting.rules.put({ ...rule, notify: ['duty', 'chief'] }, 'user:one')
  await breakScreens('t1')
  assert.is(mail.mails.length, 1)
  await watch.pass(310)
  const failing = (await watch.incidents()).find((one) => one.rule === 'channel-failing')
  assert.match(failing?.detail ?? '', 'duty: The receiver cannot be reached')
  await put(hookChannel())
  watch.alerting.delivery.forget('duty')
  await watch.alerting.outbox.hurry('duty')
  await watch.pass(4)
  assert.match(hook.hits[0]?.body ?? '', 'screen-fault', 'what waited goes out')
})

const kindsTold = () =>
  hook.hits.flatMap(({ body }) =>
    (JSON.parse(body) as { notices: { kind: string }[] }).notices.map(({ kind }) => kind),
  )
const mendScreen = (id: string) => watch.put(id, { capabilities: { screen: { present: true, ok: true } } })

byHook(
  'that was dead while something began and ended tells that it began, and then that it is over',
  async () => {
    await put(hookChannel())
    hook.state.status = 503
    await breakScreens('t1')
    mendScreen('t1')
    await watch.pass(90)
    assert.equal([...new Set(kindsTold())], ['opened'], 'the end does not overtake the beginning')
    hook.hits.splice(0)
    hook.state.status = 200
    await watch.pass(400)
    assert.equal(kindsTold(), ['opened', 'recovered'])
  },
)

byHook('that works again after a restart is no trouble any more, and its next failure is told', async () => {
  await put(hookChannel())
  const failing = async () => (await watch.incidents()).filter(({ rule }) => rule === 'channel-failing')
  hook.state.status = 503
  await breakScreens('t1')
  await watch.pass(310)
  const [first] = await failing()
  await watch.alerting.alerts.act(first?.id ?? '', { act: 'resolve' }, 'user:one')
  await watch.restart()
  hook.state.status = 200
  await watch.pass(700)
  hook.state.status = 503
  await breakScreens('t2')
  await watch.pass(310)
  assert.equal(
    (await failing()).map(({ state }) => state),
    ['open', 'resolved'],
  )
  await watch.restart()
  hook.state.status = 200
  await watch.pass(700)
  assert.ok((await failing()).every(({ state }) => state === 'resolved'))
})

byHook('that was taken away after a restart is no trouble any more', async () => {
  await put(hookChannel())
  hook.state.status = 503
  await breakScreens('t1')
  await watch.pass(310)
  await watch.restart()
  await watch.alerting.channels.remove('duty')
  watch.alerting.delivery.forget('duty')
  await watch.alerting.outbox.drop('duty')
  await watch.pass(64)
  const failing = (await watch.incidents()).find(({ rule }) => rule === 'channel-failing')
  assert.is(failing?.state, 'resolved')
})

byHook('never reaches where clouds keep secrets', async () => {
  for (const host of [
    '169.254.169.254',
    '[::ffff:169.254.169.254]',
    '0xa9fea9fe',
    '[fd00:ec2::254]',
    '[fe80::1]',
  ]) {
    await refused(hookChannel({ url: `http://${host}/latest/meta-data` }))
  }
  await refused(mailChannel({ host: '169.254.169.254' }))
  assert.ok(isForbidden('100.100.100.200') && !isForbidden('10.0.0.1') && !isForbidden('127.0.0.1'))
  const failure = await new Promise((resolve) => carefulLookup('169.254.169.254', { all: true }, resolve))
  assert.match(String(failure), /never reached/)
})

byHook.run()

const theChannels = suite('the channels')
theChannels.before(begin)
theChannels.before.each(open)
theChannels.after.each(close)
theChannels.after(end)

theChannels('keep secrets sealed, and for the end they were given for', async () => {
  const { channels } = watch.alerting
  const kept = await put(mailChannel())
  assert.not.match(JSON.stringify(kept.channel), 'a secret word')
  const row = await watch.database.selectFrom('alert_channels').selectAll().executeTakeFirstOrThrow()
  assert.not.match(JSON.stringify(row), 'a secret word')
  assert.is(channels.secretOf(kept), 'a secret word')
  const without = (more: object) => {
    const { password: _, ...channel } = mailChannel(more) as Extract<Channel, { kind: 'email' }>
    return put(channel)
  }
  assert.is(channels.secretOf(await without({ to: ['other@example.test'] })), 'a secret word')
  assert.is(channels.secretOf(await without({ host: 'mail.example.test' })), undefined)
  await watch.restart()
  assert.is(watch.alerting.channels.get('duty')?.channel.kind, 'email')
})

theChannels('refuse what is no address, sends a password in the clear, or carries one in a URL', async () => {
  await refused(mailChannel({ to: ['a@b.test\r\nBcc: c@d.test'] }))
  await refused(mailChannel({ from: 'Somebody <a@b.test>' }))
  await refused(mailChannel({ host: 'mail.example.test', secure: 'none' }))
  await refused(mailChannel({ user: undefined }))
  await refused(mailChannel({ host: 'a b' }))
  await refused(hookChannel({ url: 'http://user:word@example.test/' }))
  await refused(hookChannel({ url: 'http://' }))
  await refused(hookChannel({ name: 'browser' }))
})

theChannels('have one for browsers that stays, and let others go with what waits for them', async () => {
  const { channels, outbox } = watch.alerting
  assert.equal(
    channels.list().map(({ channel }) => channel.name),
    ['browser'],
  )
  assert.is(await codeOf(channels.remove('browser')), 'invalid')
  await put(hookChannel({ url: 'http://127.0.0.1:1/' }))
  await breakScreens('t1')
  await channels.remove('duty')
  await outbox.drop('duty')
  await watch.pass(60)
  assert.not.ok((await outbox.waiting()).includes('duty'))
  assert.is(await codeOf(channels.remove('duty')), 'not-found')
})

theChannels.run()
