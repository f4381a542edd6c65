import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../../agent/profiles/description.ts'
import { readDmi } from '../../../agent/profiles/dmi.ts'
import { askEscl, withoutNames } from '../../../agent/profiles/look-escl.ts'
import { askIpp } from '../../../agent/profiles/look-ipp.ts'
import { parseAnnouncements } from '../../../agent/profiles/mdns.ts'
import { lookAround, signsOf } from '../../../agent/profiles/surroundings.ts'
import { plainText } from '../../../agent/profiles/text.ts'
import { isPrinterOrScanner, readUsb } from '../../../agent/profiles/usb.ts'
import { draftOf } from '../../../fleet/profiles/seed.ts'
import { DeviceDescription, maxDescriptionBytes } from '../../../protocol/device-description.ts'
import { MfpProfile } from '../../../protocol/firmware-profile.ts'
import { serveHttp } from '../../support/ipp-server.ts'
import {
  capturedCapabilities,
  capturedDmi,
  capturedUsb,
  nothingThere,
  startUnknownDevice,
} from '../../support/unknown-device.ts'

const never = new AbortController().signal
const surroundings = suite('what is around a terminal')

surroundings('is read from the kernel, without serial numbers and hubs', async () => {
  const usb = await readUsb(capturedUsb)
  assert.equal(usb, [
    {
      id: '232b:5a11',
      manufacturer: 'Pantum',
      product: 'Pantum BM5100ADW series',
      interfaces: ['07/01/02', '07/01/04'],
    },
  ])
  assert.ok(usb.every(isPrinterOrScanner))
  assert.equal(await readDmi(capturedDmi), {
    vendor: 'KB Test',
    product: 'Infomat T1',
    board: 'Board Maker B1',
  })
  assert.equal(await readUsb('/nonexistent'), [])
  assert.equal(await readDmi('/nonexistent'), { vendor: '', product: '', board: '' })
})

surroundings('answers for itself over eSCL and IPP, and is described without a name', async () => {
  const device = await startUnknownDevice()
  try {
    const { scannerUrl, printerUri } = device
    const places = {
      scannerUrl,
      printerUri,
      esclPlaces: [],
      ippPatterns: [],
      usbFolder: capturedUsb,
      dmiFolder: capturedDmi,
      ippUsbPorts: [],
    }
    const seen = await lookAround(places, never)
    assert.equal(
      seen.escl.map(({ makeAndModel, over }) => [makeAndModel, over]),
      [['Katusha M240', 'network']],
    )
    const printer = seen.ipp.find(({ uri }) => uri === printerUri)
    assert.is(printer?.makeAndModel, 'Katusha M240')
    assert.equal(printer?.attributes['document-format-supported'], ['image/pwg-raster', 'image/urf'])
    assert.equal(signsOf(seen).usb, ['232b:5a11'])

    const { text, sha256 } = capture(seen)
    assert.match(sha256, /^[0-9a-f]{64}$/)
    for (const secret of ['KM240-000777', '4509a320', '192.168', 'Anna', 'SN-777', 'CK0A', '127.0.0.1']) {
      assert.not(text.includes(secret), `${secret} stays at home`)
    }
    const description: unknown = JSON.parse(text)
    assert.equal(Compile(DeviceDescription).Errors(description), [])
    const draft = draftOf(description as DeviceDescription)
    assert.equal(Compile(MfpProfile).Errors(draft), [])
    assert.is(draft.slug, 'katusha/m240')
    assert.equal(draft.match, { usb: ['232b:5a11'], ipp: ['Katusha M240'], escl: ['Katusha M240'] })
    assert.equal(draft.print, {
      ways: [{ way: 'ipp', over: 'network' }],
      formats: ['image/pwg-raster', 'image/urf'],
      duplex: false,
    })
  } finally {
    await device.stop()
  }
})

surroundings('is looked for where the printer stands, at every place that profiles name', async () => {
  const device = await startUnknownDevice()
  try {
    const { port } = new URL(device.scannerUrl)
    const printer = new URL(device.printerUri)
    const seen = await lookAround(
      {
        host: '127.0.0.1',
        esclPlaces: [`${port}/eSCL/`, '9/eSCL/'],
        ippPatterns: [`ipp://{host}:${printer.port}/ipp/print`],
        usbFolder: '/nonexistent',
      },
      never,
    )
    assert.equal(
      seen.escl.map(({ url }) => url),
      [device.scannerUrl],
    )
    assert.ok(seen.ipp.some(({ uri }) => uri === device.printerUri))
  } finally {
    await device.stop()
  }
})

surroundings('is asked behind ipp-usb when a device there speaks it', async () => {
  const device = await startUnknownDevice()
  try {
    const places = { esclPlaces: [], ippPatterns: [], ippUsbPorts: [Number(new URL(device.scannerUrl).port)] }
    const seen = await lookAround({ ...places, usbFolder: capturedUsb }, never)
    assert.equal(
      seen.escl.map(({ over }) => over),
      ['ipp-usb'],
    )
    const without = await lookAround({ ...places, usbFolder: '/nonexistent' }, never)
    assert.equal(without.escl, [])
  } finally {
    await device.stop()
  }
})

surroundings('waits for ipp-usb, which listens a moment after a device was plugged in', async () => {
  const reserved = await serveHttp((_, response) => response.end())
  const port = Number(new URL(reserved.uri).port)
  await reserved.stop()
  const places = { esclPlaces: [], ippPatterns: [], ippUsbPorts: [port] }
  const looking = lookAround({ ...places, usbFolder: capturedUsb }, never)
  await sleep(700)
  const document = await capturedCapabilities()
  const server = await serveHttp((_, response) => response.end(document), port)
  assert.equal(
    (await looking).escl.map(({ over }) => over),
    ['ipp-usb'],
  )
  await server.stop()
})

surroundings('is not what does not answer sense', async () => {
  const server = await serveHttp((_, response) => response.end('<html>hello</html>'))
  try {
    const url = server.uri.replace('ipp:', 'http:').replace('/ipp/print', '/eSCL/')
    assert.is(await askEscl(url, 'network', never), undefined)
    assert.is(await askIpp(server.uri, 'network', never), undefined)
    assert.is(await askEscl('no address', 'network', never), undefined)
    assert.is(await askIpp('no address', 'network', never), undefined)
  } finally {
    await server.stop()
  }
})

surroundings('tells no names in its documents', async () => {
  const told = withoutNames(await capturedCapabilities())
  assert.ok(told.includes('<scan:PlatenInputCaps>'))
  assert.not(/KM240|4509a320|192\.168/.test(told))
  assert.not(/SN1/.test(withoutNames('<a:SerialNumber x="1">SN1</a:SerialNumber><UUID>SN1</UUID>')))
})

surroundings('announces itself in lines, whatever else is in them', () => {
  const line =
    '=;eth0;IPv4;Pantum\\032M7100;_uscan._tcp;local;p.local;192.0.2.7;80;"note=Anna" "rs=eSCL" "ty=Pantum M7100DN"'
  assert.equal(parseAnnouncements(`+;eth0;IPv4;x\n${line}\n${line}`, 'escl'), [
    { service: 'escl', host: '192.0.2.7', port: 80, type: 'Pantum M7100DN', path: 'eSCL' },
  ])
  assert.equal(parseAnnouncements('=;;;;;;;not-an-address;80;', 'ipp'), [])
  fc.assert(
    fc.property(fc.string({ maxLength: 3000 }), (text) => {
      for (const { type, path } of parseAnnouncements(text, 'ipp'))
        assert.ok(type.length <= 100 && path.length <= 100)
    }),
    { seed: 31, numRuns: 500 },
  )
})

surroundings('gives plain text, one line and bounded', () => {
  assert.is(plainText('  HP\u0000\u202e LaserJet\n\tM28w  '), 'HP LaserJet M28w')
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
      const plain = plainText(text)
      assert.ok(plain.length <= 100)
      assert.not(/[\p{Cc}\p{Cf}]/u.test(plain))
    }),
    { seed: 32, numRuns: 500 },
  )
})

surroundings('is described within bounds, however much there is', () => {
  const document = 'x'.repeat(48 * 1024)
  const many = Array.from({ length: 20 }, (_, index) => ({
    url: `http://192.0.2.1:${8000 + index}/eSCL/`,
    over: 'network' as const,
    makeAndModel: `Model ${index}`,
    document,
  }))
  const { text } = capture({ ...nothingThere, escl: many })
  assert.ok(Buffer.byteLength(text) <= maxDescriptionBytes)
  assert.ok(text.includes('Model 0'))
  assert.equal(Compile(DeviceDescription).Errors(JSON.parse(text)), [])
})

surroundings.run()
