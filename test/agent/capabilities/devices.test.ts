import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openDevices } from '../../../agent/capabilities/devices.ts'
import { createCapabilities } from '../../../agent/capabilities/index.ts'
import type { TerminalParts } from '../../../agent/capabilities/terminal/index.ts'
import { parseConfig } from '../../../agent/config.ts'
import { type CapabilityName, commandsOf } from '../../../protocol/commands.ts'
import { defaultConfiguration } from '../../../protocol/configuration.ts'
import type { CommandError } from '../../../protocol/errors.ts'
import { scratch, silent } from '../../support/agent-parts.ts'

const never = new AbortController().signal
const configured = (changes: object) =>
  parseConfig({
    deviceId: 'terminal-1',
    fleet: { host: 'localhost', port: 8883 },
    key: 'key.pem',
    certificate: 'cert.pem',
    ca: 'ca.pem',
    dataFolder: scratch(),
    ...changes,
  })

const devices = suite("a terminal's devices")

for (const [scanner, printer] of [
  [{ driver: 'sane', device: 'test:0', configDir: '/etc/sane.d', options: { depth: 8 } }, { driver: 'none' }],
  [
    { driver: 'escl', url: 'http://127.0.0.1:9/eSCL/' },
    { driver: 'ipp', uri: 'ipp://127.0.0.1:9/ipp/print' },
  ],
  [{ driver: 'fake' }, { driver: 'fake' }],
]) {
  devices(`are opened as configured: ${scanner?.driver}, ${printer?.driver}`, async () => {
    const childPaths = { sane: '/nonexistent/child.js', pages: '/nonexistent/worker.js' }
    const config = configured({ scanner, printer, childPaths })
    const opened = await openDevices(config, silent)
    assert.type(opened.scanner.scan, 'function')
    assert.type(opened.printer.print, 'function')
    const made = await createCapabilities({
      configuration: () => defaultConfiguration,
      config,
      devices: opened,
      artefacts: {
        keep: async () => '',
        delivered: async () => {},
        fetch: async () => ({ file: '', mediaType: '', release: async () => {} }),
      },
      live: { show: () => {} },
      logger: silent,
      terminal: {} as TerminalParts,
    })
    for (const name of Object.keys(commandsOf) as CapabilityName[]) {
      assert.is(made[name].name, name)
      assert.equal(Object.keys(made[name].handlers).toSorted(), Object.keys(commandsOf[name]).toSorted())
    }
  })
}

devices('that are missing say so', async () => {
  const { scanner, printer } = await openDevices(configured({}), silent)
  const codeOf = (promise: Promise<unknown>) => promise.catch((error: CommandError) => error.code)
  assert.is(await codeOf(scanner.describe(never)), 'device-absent')
  assert.is(await codeOf(printer.describe(never)), 'device-absent')
})

devices('of which one cannot be opened leave the other alone', async () => {
  const config = configured({
    scanner: { driver: 'escl', url: 'no address at all' },
    printer: { driver: 'fake' },
  })
  const { scanner, printer } = await openDevices(config, silent)
  const error = await scanner.describe(never).catch((thrown) => thrown)
  assert.is(error.code, 'device-fault')
  assert.throws(() => scanner.scan({ source: 'flatbed', dpi: 75, mode: 'grey' }, never))
  assert.is((await printer.describe(never)).driver, 'fake')
})

devices.run()
