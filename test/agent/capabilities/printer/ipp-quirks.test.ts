import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type DeviceProfile, unknownModel } from '../../../../agent/capabilities/device-profile.ts'
import { printerCapability } from '../../../../agent/capabilities/printer/index.ts'
import { createIppDriver } from '../../../../agent/capabilities/printer/ipp.ts'
import { ippOptionsOf } from '../../../../agent/capabilities/printer/ipp-profile.ts'
import { withinPrintLimits } from '../../../../agent/capabilities/printer/model-limits.ts'
import { strings } from '../../../../agent/devices/ipp/ipp.ts'
import { printPreparation } from '../../../../documents/preparation.ts'
import type { Quirk } from '../../../../protocol/quirks.ts'
import { scratch } from '../../../support/agent-parts.ts'
import { attributes, type IppRequest, operationOf, serveIpp } from '../../../support/ipp-server.ts'
import { decodePwgRaster } from '../../../support/pwg-raster.ts'
import { codeOf } from '../../../support/scan.ts'

// Each printer here misbehaves in one way. The same job without the model's quirk shows that the quirk is what helps.

const quirks = suite('an IPP driver that is told of a quirk')
const known = { reason: 'What the pretended printer does', source: 'the test' }
const profileOf = (...all: readonly Quirk[]): DeviceProfile => ({ ...unknownModel, quirks: [...all] })
const never = new AbortController().signal
const folder = scratch()
const file = join(folder, 'page.jpg')
await writeFile(
  file,
  await sharp({ create: { width: 200, height: 300, channels: 3, background: '#d22' } })
    .jpeg()
    .toBuffer(),
)

const able = attributes({
  'operations-supported': { tag: 'enum', value: 2 },
  'document-format-supported': ['image/pwg-raster'],
  'printer-resolution-supported': { tag: 'resolution', value: { x: 300, y: 300, unit: 'dpi' } },
  'pwg-raster-document-resolution-supported': {
    tag: 'resolution',
    value: { x: 300, y: 300, unit: 'dpi' },
  },
  'color-supported': { tag: 'boolean', value: true },
  'print-color-mode-supported': ['color', 'monochrome'],
  'printer-state': 3,
  'printer-state-reasons': 'none',
})

/**
 * A printer that says it can do everything. `spoils` tells of a request whether the device cannot stand it: its job
 * is aborted then; `answers` whether it answers on this connection at all.
 */
const startPrinter = async (
  spoils: (request: IppRequest) => boolean,
  answers: (connection: object) => boolean = () => true,
) => {
  let spoilt = false
  const requests: IppRequest[] = []
  const server = await serveIpp((request) => {
    if (!answers(request.connection)) return undefined
    requests.push(request)
    spoilt ||= spoils(request)
    if (operationOf(request.message) === 'Get-Printer-Attributes') {
      return { code: 0, groups: [{ tag: 'printer', attributes: able }] }
    }
    const job = attributes({
      'job-id': 1,
      'job-state': spoilt ? 8 : 9,
      'job-state-reasons': spoilt ? 'document-format-error' : 'job-completed-successfully',
      'job-impressions-completed': 1,
    })
    return { code: 0, groups: [{ tag: 'job', attributes: job }] }
  })
  return { ...server, requests }
}

/** Prints a red picture by the printer's rules; resolves to the code of the error, `undefined` when it is printed. */
const printBy = async (
  profile: DeviceProfile,
  uri: string,
  { user = 'avyl', patienceMs = 30_000 }: { readonly user?: string; readonly patienceMs?: number } = {},
) => {
  const driver = createIppDriver({ uri, user, pollMs: 5, patienceMs, ...ippOptionsOf(profile) })
  const capability = printerCapability({
    driver: withinPrintLimits(driver, profile),
    artefacts: { fetch: async () => ({ file, mediaType: 'image/jpeg', release: async () => undefined }) },
    preparation: printPreparation(),
    folder,
  })
  const id = '0198c5a0-0000-7000-8000-000000000001'
  const effectBegins = async () => undefined
  const context = { id, signal: never, progress: () => {}, effectBegins, afterReport: () => {} }
  try {
    await capability.handlers['printer.print']({ document: id, colour: true }, context)
    return undefined
  } catch (thrown) {
    return codeOf(thrown)
  }
}

quirks(
  'greyOnly draws grey and asks for monochrome, for a printer that claims colour and rejects it',
  async () => {
    const isColoured = ({ document }: IppRequest) =>
      document.length > 0 && decodePwgRaster(document).some(({ channels }) => channels === 3)
    for (const [profile, code] of [
      [profileOf({ quirk: 'greyOnly', ...known }), undefined],
      [unknownModel, 'invalid'],
    ] as const) {
      const printer = await startPrinter(isColoured)
      assert.is(await printBy(profile, printer.uri), code)
      const sent = printer.requests.find(({ document }) => document.length > 0)
      const ticket = sent?.message.groups.find(({ tag }) => tag === 'job')?.attributes
      assert.ok(ticket)
      assert.equal(strings(ticket, 'print-color-mode'), [code === undefined ? 'monochrome' : 'color'])
      await printer.stop()
    }
  },
)

quirks('userNameWithoutBackslash sends no name that the printer stops on', async () => {
  const userOf = ({ message }: IppRequest) => {
    const operation = message.groups.find(({ tag }) => tag === 'operation')
    return operation ? (strings(operation.attributes, 'requesting-user-name')[0] ?? '') : ''
  }
  for (const [profile, code] of [
    [profileOf({ quirk: 'userNameWithoutBackslash', ...known }), undefined],
    [unknownModel, 'invalid'],
  ] as const) {
    const printer = await startPrinter((request) => userOf(request).includes('\\'))
    assert.is(await printBy(profile, printer.uri, { user: 'KAZAN\\VILLAGE\\avyl' }), code)
    const names = new Set(printer.requests.map(userOf))
    assert.equal([...names], [code === undefined ? 'avyl' : 'KAZAN\\VILLAGE\\avyl'])
    await printer.stop()
  }
})

for (const keep of [true, false]) {
  quirks(`keepAlive ${keep ? 'keeps' : 'closes'} the connection between two requests`, async () => {
    for (const kept of [true, false]) {
      const seen = new Set<object>()
      const stands = (connection: object) => {
        const used = seen.has(connection)
        const first = seen.size === 0
        seen.add(connection)
        return keep ? first || (used && seen.size === 1) : !used
      }
      const printer = await startPrinter(() => false, stands)
      // Only a printer that never answers again is given up soon: a busy machine may be slow to answer.
      const fits = kept === keep
      const profile = profileOf({ quirk: 'keepAlive', keep: kept, ...known })
      const code = await printBy(profile, printer.uri, fits ? {} : { patienceMs: 60 })
      assert.is(code === undefined, fits, `${code}`)
      await printer.stop()
    }
  })
}

quirks.run()
