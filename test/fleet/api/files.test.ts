import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readRange } from '../../../fleet/api/byte-range.ts'
import type { Artefact } from '../../../fleet/api/schemas.ts'
import type { Permission } from '../../../fleet/auth/permissions.ts'
import { ProblemError } from '../../../fleet/problem.ts'
import type { Role } from '../../../fleet/store/schema.ts'
import { maxArtefactBytes } from '../../../protocol/door.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { reportOf } from '../../support/fleet.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

const atTheDoor = (act: (door: Door) => Promise<void>) => async () => {
  const door = await openPeoplesDoor()
  try {
    await act(door)
  } finally {
    await door.close()
  }
}

const aFile = suite('a file')

aFile(
  'is read whole, in part, or not beyond its end',
  atTheDoor(async ({ app, bearer, shelf }) => {
    const row = shelf.put(Buffer.from('0123456789'))
    const url = `/api/v1/artefacts/${row.id}`
    const whole = await app.inject({ url, headers: bearer })
    assert.is(whole.statusCode, 200)
    assert.is(whole.body, '0123456789')
    assert.is(whole.headers['content-type'], 'image/jpeg')
    assert.is(whole.headers['content-length'], '10')
    assert.is(whole.headers['accept-ranges'], 'bytes')
    assert.is(whole.headers['cache-control'], 'private, no-store')
    assert.is(whole.headers['content-disposition'], 'inline')
    const part = await app.inject({ url, headers: { ...bearer, range: 'bytes=2-4' } })
    assert.is(part.statusCode, 206)
    assert.is(part.body, '234')
    assert.is(part.headers['content-range'], 'bytes 2-4/10')
    const beyond = await app.inject({ url, headers: { ...bearer, range: 'bytes=10-' } })
    assert.is(beyond.statusCode, 416)
    assert.is(beyond.headers['content-range'], 'bytes */10')
    assert.is(beyond.json().code, 'range-not-satisfiable')
  }),
)

aFile('is cut as RFC 9110 says', () => {
  assert.equal(readRange('bytes=0-0', 10), { first: 0, last: 0 })
  assert.equal(readRange('bytes=5-', 10), { first: 5, last: 9 })
  assert.equal(readRange('bytes=5-99', 10), { first: 5, last: 9 })
  assert.equal(readRange('bytes=-3', 10), { first: 7, last: 9 })
  assert.equal(readRange('bytes=-99', 10), { first: 0, last: 9 })
  assert.is(readRange('bytes=-0', 10), 'outside')
  assert.is(readRange('bytes=10-', 10), 'outside')
  for (const whole of [undefined, 'bytes=-', 'bytes=5-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=x']) {
    assert.is(readRange(whole, 10), undefined)
  }
})

aFile(
  'has a preview where it has one',
  atTheDoor(async ({ app, bearer, shelf }) => {
    const seen = shelf.put(Buffer.from('x'), { preview_sha256: 'p' })
    const unseen = shelf.put(Buffer.from('x'))
    const preview = await app.inject({ url: `/api/v1/artefacts/${seen.id}/preview`, headers: bearer })
    assert.is(preview.body, 'small')
    assert.is(preview.headers['content-type'], 'image/jpeg')
    const none = await app.inject({ url: `/api/v1/artefacts/${unseen.id}/preview`, headers: bearer })
    assert.is(none.statusCode, 404)
  }),
)

aFile(
  'that a terminal bound of scanned pages has the preview of the first one',
  atTheDoor(async ({ app, bearer, broker, commands, shelf }) => {
    broker.there.add('t1')
    const input = { source: 'feeder', format: 'pdf' }
    const scan = { terminal: 't1', name: 'scanner.scan', input, actor: 'program:test' }
    const { id: command } = await commands.request(scan)
    const pages = ['first', 'second'].map((name) =>
      shelf.put(Buffer.from(name), { command, preview_sha256: name }),
    )
    for (const { id: artefact } of pages) {
      const finished = { artefact, width: 1, height: 1, dpi: 100 }
      await commands.report('t1', reportOf(command, 'running', { progress: { step: 'scanning', finished } }))
    }
    const bound = shelf.put(Buffer.from('%PDF-'), { command, kind: 'document' })
    const read: string[] = []
    shelf.read = async ({ preview_sha256 }) => {
      read.push(String(preview_sha256))
      return Readable.from(['small'])
    }
    const preview = () => app.inject({ url: `/api/v1/artefacts/${bound.id}/preview`, headers: bearer })
    assert.is((await preview()).statusCode, 200)
    assert.equal(read, ['first'])
    await shelf.erase(pages[0]?.id ?? '')
    assert.is((await preview()).json().code, 'not-found')
  }),
)

aFile(
  'that is still on its way shows its preview only',
  atTheDoor(async ({ app, bearer, shelf }) => {
    const { id } = shelf.put(Buffer.alloc(0), { sha256: '', preview_sha256: 'p' })
    const url = `/api/v1/artefacts/${id}`
    const answer = await app.inject({ url, headers: { ...bearer, range: 'bytes=0-' } })
    assert.is(answer.statusCode, 409)
    assert.is(answer.json().code, 'not-ready')
    assert.is((await app.inject({ url: `${url}/preview`, headers: bearer })).statusCode, 200)
  }),
)

aFile(
  'is erased for good',
  atTheDoor(async ({ app, bearer, shelf }) => {
    const { id } = shelf.put(Buffer.from('x'))
    const url = `/api/v1/artefacts/${id}`
    assert.is((await app.inject({ method: 'DELETE', url, headers: bearer })).statusCode, 204)
    for (const method of ['GET', 'DELETE'] as const) {
      const gone = await app.inject({ method, url, headers: bearer })
      assert.is(gone.statusCode, 410)
      assert.is(gone.json().code, 'erased')
    }
    const none = await app.inject({ url: `/api/v1/artefacts/${uuidv7()}`, headers: bearer })
    assert.is(none.statusCode, 404)
  }),
)

aFile(
  'that counts as erased is erased again, in case its disk had failed',
  atTheDoor(async ({ app, bearer, shelf }) => {
    const { id } = shelf.put(Buffer.from('x'), { erased_at: 2 })
    const erased: string[] = []
    shelf.erase = async (one) => {
      erased.push(one)
    }
    const again = await app.inject({ method: 'DELETE', url: `/api/v1/artefacts/${id}`, headers: bearer })
    assert.equal([again.json().code, erased], ['erased', [id]])
  }),
)

aFile(
  'is found by the command that made it',
  atTheDoor(async ({ app, bearer, shelf }) => {
    const command = uuidv7()
    const { id } = shelf.put(Buffer.from('x'), { command })
    shelf.put(Buffer.from('y'))
    const list = await app.inject({ url: `/api/v1/artefacts?command=${command}`, headers: bearer })
    assert.equal(
      list.json<Artefact[]>().map((artefact) => [artefact.id, artefact.command]),
      [[id, command]],
    )
    assert.is((await app.inject({ url: '/api/v1/artefacts', headers: bearer })).statusCode, 400)
  }),
)

const aDocument = suite('a document')

aDocument(
  'is brought as the body or in a form',
  atTheDoor(async ({ app, bearer, shelf }) => {
    const url = '/api/v1/documents'
    const body = await app.inject({
      method: 'POST',
      url,
      payload: Buffer.from('%PDF-'),
      headers: { ...bearer, 'content-type': 'application/pdf' },
    })
    assert.is(body.statusCode, 201)
    assert.is(body.json<Artefact>().mediaType, 'application/pdf')
    assert.is(shelf.files.get(body.json<Artefact>().id)?.toString(), '%PDF-')
    const form = (type: string, name: string) => ({
      method: 'POST' as const,
      url,
      headers: { ...bearer, 'content-type': 'multipart/form-data; boundary=b' },
      payload: `--b\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\npixels\r\n--b--\r\n`,
    })
    const sent = await app.inject(form('image/png', 'a.png'))
    assert.is(sent.statusCode, 201)
    assert.is(shelf.files.get(sent.json<Artefact>().id)?.toString(), 'pixels')
    assert.is((await app.inject(form('text/html', 'a.html'))).json().code, 'unsupported-media-type')
    const empty = await app.inject({ ...form('', ''), payload: '--b--\r\n' })
    assert.is(empty.json().code, 'invalid')
    const text = await app.inject({
      method: 'POST',
      url,
      payload: 'x',
      headers: { ...bearer, 'content-type': 'text/html' },
    })
    assert.is(text.json().code, 'unsupported-media-type')
  }),
)

aDocument(
  'that breaks off, or a form that is none, is the fault of who sent it',
  atTheDoor(async ({ app, bearer }) => {
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
    const png = 'Content-Type: image/png\r\n\r\n'
    const sent: [type: string, payload: string][] = [
      ['multipart/form-data', `${head}${png}pixels\r\n--b--\r\n`],
      ['multipart/form-data; boundary=b', `${head}${png}pixels`],
      ['multipart/form-data; boundary=b', head],
      ['multipart/form-data; boundary=b', ''],
      ['multipart/form-data; boundary=b', 'no form'],
    ]
    for (const [type, payload] of sent) {
      const headers = { ...bearer, 'content-type': type }
      const answer = await app.inject({ method: 'POST', url: '/api/v1/documents', payload, headers })
      assert.equal([answer.statusCode, answer.json().code], [400, 'invalid'], `${type} ${payload}`)
    }
  }),
)

aDocument(
  'in a form is given to the desk to its end, however large it is',
  atTheDoor(async ({ app, bearer, shelf }) => {
    let received = 0
    shelf.receive = async (bytes) => {
      for await (const piece of bytes) received += piece.length
      throw new ProblemError('too-large', 'This is too large')
    }
    const piece = Buffer.alloc(4 * 1024 * 1024)
    const pieces = Math.floor(maxArtefactBytes / piece.length) + 1
    const form = function* () {
      yield '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
      yield 'Content-Type: image/png\r\n\r\n'
      for (let sent = 0; sent < pieces; sent += 1) yield piece
      yield '\r\n--b--\r\n'
    }
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/documents',
      payload: Readable.from(form()),
      headers: { ...bearer, 'content-type': 'multipart/form-data; boundary=b' },
    })
    assert.equal([answer.statusCode, answer.json().code], [413, 'too-large'])
    assert.is(received, pieces * piece.length)
  }),
)

aDocument(
  'of which nothing came for too long is told so, and its connection ends',
  atTheDoor(async ({ app, bearer, shelf }) => {
    shelf.receive = () => Promise.reject(new ProblemError('timed-out', 'Nothing more of the file came'))
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/documents',
      payload: '%PDF-',
      headers: { ...bearer, 'content-type': 'application/pdf' },
    })
    assert.equal([answer.statusCode, answer.json().code], [408, 'timed-out'])
    assert.is(answer.headers.connection, 'close')
  }),
)

aDocument(
  'is made of pages',
  atTheDoor(async ({ app, bearer }) => {
    const compose = (payload: object) =>
      app.inject({ method: 'POST', url: '/api/v1/documents/from-pages', headers: bearer, payload })
    const made = await compose({ pages: [{ artefact: uuidv7(), rotate: 90 }, { artefact: uuidv7() }] })
    assert.is(made.statusCode, 201)
    assert.is(made.json<Artefact>().pages, 2)
    assert.is((await compose({ pages: [] })).json().code, 'invalid')
    assert.is((await compose({ pages: [{ artefact: uuidv7(), rotate: 45 }] })).json().code, 'invalid')
  }),
)

aDocument(
  'of another one is neither printed nor bound by who may not read it',
  atTheDoor(async ({ app, auth, shelf }) => {
    const asProgram = async (role: Role, scopes?: readonly Permission[]) => {
      const name = [role, ...(scopes ?? [])].join('-').replaceAll('.', '-')
      const token = await auth.tokens.put({ name, role, ...(scopes && { scopes }) })
      return { authorization: `Bearer ${token}` }
    }
    const scanned = shelf.put(Buffer.from('a passport'), { terminal: 't1' }).id
    const print = async (headers: { authorization: string }, document: string) => {
      const payload = { name: 'printer.print', input: { document } }
      return app.inject({ method: 'POST', url: '/api/v1/terminals/t1/commands', headers, payload })
    }
    const bind = (headers: { authorization: string }, artefact: string) => {
      const payload = { pages: [{ artefact }] }
      return app.inject({ method: 'POST', url: '/api/v1/documents/from-pages', headers, payload })
    }
    const writer = await asProgram('admin', ['documents.write', 'commands.run'])
    const technician = await asProgram('technician')
    for (const refused of [
      await print(technician, scanned),
      await print(writer, scanned),
      await bind(writer, scanned),
    ]) {
      const unheardOf = await print(writer, uuidv7())
      assert.is(refused.statusCode, 404)
      assert.equal(refused.json(), unheardOf.json(), 'it answers as if there were none')
    }
    const brought = await app.inject({
      method: 'POST',
      url: '/api/v1/documents',
      payload: '%PDF-',
      headers: { ...writer, 'content-type': 'application/pdf' },
    })
    const own = brought.json<Artefact>().id
    assert.is((await print(writer, own)).statusCode, 202, 'what it brought is its own')
    assert.is((await bind(writer, own)).statusCode, 201)
    assert.is((await print(technician, own)).statusCode, 404)
    const expert = await asProgram('expert')
    assert.is((await print(expert, scanned)).statusCode, 202)
    assert.is((await bind(expert, scanned)).statusCode, 201)
  }),
)

const aPage = suite('a page of the browser')

aPage('is given with a strict policy, and found from every address that people may try', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-pages-'))
  await mkdir(join(folder, 'assets'))
  for (const page of ['index.html', 'ops.html']) await writeFile(join(folder, page), '<title>Avyl</title>')
  await writeFile(join(folder, 'assets', 'a.js'), 'void 0')
  const { app, close } = await openPeoplesDoor(folder)
  for (const url of ['/', '/index.html', '/ops?view=wall']) {
    const page = await app.inject({ url, headers: { accept: 'text/html' } })
    assert.is(page.statusCode, 200, url)
    assert.match(page.body, /Avyl/)
    assert.match(String(page.headers['content-security-policy']), /default-src 'self'/)
    assert.not.match(String(page.headers['content-security-policy']), /unsafe|http|\*/)
  }
  for (const [url, start] of [
    ['/scanner', './'],
    ['/terminals/t1?x=/../', '../'],
    ['//elsewhere/x', '../../'],
  ] as const) {
    const { statusCode, headers } = await app.inject({ url, headers: { accept: 'text/html' } })
    assert.equal([statusCode, headers.location], [302, start])
  }
  assert.is((await app.inject({ url: '/assets/a.js' })).body, 'void 0')
  assert.is((await app.inject({ url: '/assets/b.js' })).statusCode, 404)
  assert.is((await app.inject({ url: '/api/v1/x', headers: { accept: 'text/html' } })).statusCode, 404)
  assert.is((await app.inject({ url: '/..%2f..%2fetc/passwd' })).statusCode, 404)
  await close()
  await rm(folder, { recursive: true })
})

aFile.run()
aDocument.run()
aPage.run()
