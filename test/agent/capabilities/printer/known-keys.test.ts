import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createIppDriver } from '../../../../agent/capabilities/printer/ipp.ts'
import { trustOnFirstUse } from '../../../../agent/capabilities/printer/known-keys.ts'
import { decodeMessage, encodeMessage, usualLimits } from '../../../../agent/devices/ipp/ipp.ts'
import { scratch } from '../../../support/agent-parts.ts'
import { attributes } from '../../../support/ipp-server.ts'
import { type Holder, issue, keyOfCertificate } from '../../../support/pki.ts'
import { codeOf } from '../../../support/scan.ts'

const keys = suite('the key of an ipps printer')
const never = new AbortController().signal
const failure = (promise: Promise<unknown>) => promise.then(() => undefined, codeOf)

/** A printer that vouches for itself; tells how many messages it got. */
const startPrinter = async ({ key, certificate }: Holder, port = 0) => {
  let messages = 0
  const server = createServer({ key, cert: certificate }, async (request, response) => {
    messages += 1
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    const { message } = decodeMessage(Buffer.concat(parts), usualLimits)
    const printer = attributes({ 'printer-state': 3, 'printer-state-reasons': 'none' })
    response.setHeader('content-type', 'application/ipp')
    const groups = [{ tag: 'printer', attributes: printer }] as const
    response.end(
      encodeMessage({ version: [2, 0], code: 0, requestId: message.requestId, groups: [...groups] }),
    )
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const at = (server.address() as AddressInfo).port
  return {
    port: at,
    uri: `ipps://127.0.0.1:${at}/ipp/print`,
    messages: () => messages,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

keys('is trusted on first use; another one at the same place gets no message', async () => {
  const own = await issue(undefined, { name: 'mfp' })
  const file = join(scratch(), 'keys', 'printer-keys.json')
  const printer = await startPrinter(own)
  const driver = createIppDriver({ uri: printer.uri, trusts: trustOnFirstUse(file, printer.uri) })
  assert.is((await driver.describe(never)).state, 'idle')
  await driver.describe(never)
  assert.equal(Object.keys(JSON.parse(await readFile(file, 'utf8'))), [`127.0.0.1:${printer.port}`])
  await printer.stop()
  const impostor = await startPrinter(await issue(undefined, { name: 'mfp' }), printer.port)
  assert.is(await failure(driver.describe(never)), 'refused')
  assert.is(impostor.messages(), 0)
  await impostor.stop()
  // A certificate that was renewed for the same key is no other printer.
  const authority = await issue(undefined, { name: 'maker', authority: true })
  const renewed = await issue(authority, { name: 'mfp', publicKey: keyOfCertificate(own.certificate) })
  const again = await startPrinter({ key: own.key, certificate: renewed.certificate }, printer.port)
  assert.is((await driver.describe(never)).state, 'idle')
  await again.stop()
})

keys('is kept on one connection where the model needs that', async () => {
  const printer = await startPrinter(await issue(undefined, { name: 'mfp' }))
  const driver = createIppDriver({ uri: printer.uri, keepAlive: true })
  for (let count = 0; count < 2; count += 1) await driver.describe(never)
  assert.is(printer.messages(), 2)
  await printer.stop()
})

keys('is not trusted when what is known cannot be read or is too much', async () => {
  const printer = await startPrinter(await issue(undefined, { name: 'mfp' }))
  const many = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`mfp-${index}:631`, 'key']))
  for (const [text, code] of [
    ['no JSON', 'device-absent'],
    ['null', 'device-absent'],
    [' '.repeat(20_000), 'device-absent'],
    [JSON.stringify(many), 'refused'],
  ] as const) {
    const file = join(scratch(), 'printer-keys.json')
    await writeFile(file, text)
    const driver = createIppDriver({ uri: printer.uri, trusts: trustOnFirstUse(file, printer.uri) })
    assert.is(await failure(driver.describe(never)), code)
  }
  assert.is(printer.messages(), 0)
  const folder = createIppDriver({ uri: printer.uri, trusts: trustOnFirstUse(scratch(), printer.uri) })
  assert.ok(await failure(folder.describe(never)))
  await printer.stop()
})

keys('is never asked for where nobody speaks TLS', async () => {
  const plain = createServer({}).listen(0, '127.0.0.1')
  await once(plain, 'listening')
  const uri = `ipps://127.0.0.1:${(plain.address() as AddressInfo).port}/ipp/print`
  assert.is(await failure(createIppDriver({ uri }).describe(never)), 'device-absent')
  plain.close()
})

keys.run()
