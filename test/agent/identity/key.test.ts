import { createHash, createPublicKey } from 'node:crypto'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fingerprintOf, makeCandidate } from '../../../agent/identity/key.ts'
import { hardwareSerial } from '../../../agent/identity/serial.ts'
import { readRequest } from '../../../fleet/identity/request.ts'
import { keyFingerprint } from '../../../protocol/fingerprint.ts'
import { scratch } from '../../support/agent-parts.ts'

const root = scratch()

const aKey = suite('a key of a terminal')

aKey('asks for a certificate in a way that the fleet reads', async () => {
  for (let count = 0; count < 20; count++) {
    const { key, csr } = makeCandidate()
    const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
    const { keySha256 } = await readRequest(csr)
    assert.is(keySha256, createHash('sha256').update(spki).digest('hex'))
    assert.is(fingerprintOf(key), keyFingerprint(Buffer.from(keySha256, 'hex')))
  }
})

aKey('is another one each time', () => {
  assert.is.not(makeCandidate().key, makeCandidate().key)
})

/** A machine whose firmware says this. */
const machine = (says: Record<string, string>, machineId?: string): string => {
  const folder = mkdtempSync(join(root, 'machine-'))
  mkdirSync(join(folder, 'sys/class/dmi/id'), { recursive: true })
  mkdirSync(join(folder, 'etc'))
  for (const [name, text] of Object.entries(says)) {
    writeFileSync(join(folder, 'sys/class/dmi/id', name), `${text}\n`)
  }
  if (machineId) writeFileSync(join(folder, 'etc/machine-id'), `${machineId}\n`)
  return folder
}

const aSerial = suite('the serial number of a machine')

aSerial('is that of the product, else of the board, else the UUID', () => {
  const all = { product_serial: 'PF-3X', board_serial: 'B1', product_uuid: '4c4c4544-0042' }
  assert.is(hardwareSerial(machine(all)), 'PF-3X')
  assert.is(hardwareSerial(machine({ ...all, product_serial: '' })), 'B1')
  const none = { ...all, product_serial: 'To be filled by O.E.M.', board_serial: 'Default string' }
  assert.is(hardwareSerial(machine(none)), '4c4c4544-0042')
})

aSerial('is written so that it can cross the wire', () => {
  assert.is(hardwareSerial(machine({ product_serial: '  /CN 77/ä8 ' })), 'CN-77-8')
  assert.is(hardwareSerial(machine({ product_serial: 'x'.repeat(90), board_serial: 'B1' })), 'B1')
})

aSerial('is derived from the installation where the firmware has none, and does not give it away', () => {
  const id = '0123456789abcdef0123456789abcdef'
  for (const filler of ['None', '00000000', 'System Serial Number', '123456789', 'FFFFFFFF', 'N/A']) {
    const serial = hardwareSerial(machine({ product_serial: filler }, id)) ?? ''
    assert.match(serial, /^machine-[0-9a-f]{16}$/)
    assert.not(serial.includes(id.slice(0, 8)))
  }
  assert.is(hardwareSerial(machine({}, id)), hardwareSerial(machine({}, id)))
  assert.is(hardwareSerial(machine({})), undefined)
  assert.is(hardwareSerial(machine({}, 'uninitialized')), undefined)
})

aKey.run()
aSerial.run()
