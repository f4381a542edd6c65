import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasResolution, parseCapabilities } from '../../../../agent/devices/escl/capabilities.ts'
import { EsclError } from '../../../../agent/devices/escl/error.ts'
import { imageFormatOf } from '../../../../agent/devices/escl/image-format.ts'
import { writeSettings } from '../../../../agent/devices/escl/settings.ts'
import { parseStatus } from '../../../../agent/devices/escl/status.ts'
import { parseXml } from '../../../../agent/devices/escl/xml.ts'
import { capabilities, status } from './documents.ts'

const eScl = suite('an eSCL document')

const kindOf = (read: () => unknown): string | undefined => {
  try {
    read()
    return undefined
  } catch (thrown) {
    assert.instance(thrown, EsclError)
    return (thrown as EsclError).kind
  }
}

eScl('of capabilities tells what each source can do', () => {
  const read = parseCapabilities(capabilities)
  assert.is(read.makeAndModel, 'Example MFP 3000 & Co')
  assert.is(read.manufacturer, 'Example')
  assert.is(read.version, '2.63', 'a foreign element does not replace it')
  assert.equal(read.platen, {
    minWidth: 16,
    maxWidth: 2550,
    minHeight: 16,
    maxHeight: 3508,
    profiles: [
      { colorModes: ['RGB24'], formats: ['image/jpeg'], resolutions: { discrete: [300, 600, 1200] } },
    ],
  })
  assert.equal(read.adfSimplex?.profiles, [
    {
      colorModes: ['Grayscale8'],
      formats: ['application/pdf', 'image/jpeg'],
      resolutions: { discrete: [], range: { min: 100, max: 400, step: 50 } },
    },
  ])
  assert.is(read.adfDuplex, undefined)
})

eScl('with a range has its steps and no others', () => {
  const range = { min: 100, max: 400, step: 50 }
  assert.ok(hasResolution({ discrete: [], range }, 150))
  for (const dpi of [75, 175, 450]) assert.not(hasResolution({ discrete: [], range }, dpi))
  assert.ok(hasResolution({ discrete: [600], range }, 600))
})

eScl('of status tells the states of feeder and jobs, unknown words as Unknown', () => {
  assert.equal(parseStatus(status), {
    state: 'Processing',
    adfState: 'ScannerAdfProcessing',
    jobs: [
      {
        uri: '/eSCL/ScanJobs/17',
        state: 'Processing',
        imagesCompleted: 2,
        imagesToTransfer: 1,
        reasons: ['JobScanning'],
      },
      { uri: '/eSCL/ScanJobs/16', state: 'Unknown', reasons: [] },
    ],
  })
})

eScl('that is none is malformed', () => {
  for (const document of ['', 'hello', '<html/>', '<a><b></a>', '<?xml version="1.0"?>', '<x:a/>']) {
    assert.is(
      kindOf(() => parseXml(document)),
      'malformed',
      document,
    )
  }
  assert.is(
    kindOf(() => parseCapabilities(status)),
    'malformed',
  )
  assert.is(
    kindOf(() => parseStatus(capabilities)),
    'malformed',
  )
  assert.is(
    kindOf(() => parseCapabilities(capabilities.replaceAll('MaxWidth>', 'Wide>'))),
    'malformed',
  )
  assert.is(
    kindOf(() => parseStatus(`<!DOCTYPE a>${status.slice(status.indexOf('<scan'))}`)),
    'malformed',
  )
})

eScl('may write its names with the https scheme, and text as CDATA', () => {
  const written = status.replaceAll('http://', 'https://').replace('>Processing<', '><![CDATA[Idle]]><')
  assert.is(parseStatus(written).state, 'Idle')
})

eScl('with a name of Object.prototype as an attribute harms nothing', () => {
  const written = capabilities.replace('ref="photo"', 'ref="__proto__" __proto__="x" constructor="y"')
  assert.is(parseCapabilities(written).platen, undefined)
})

eScl('of settings says region, source and format, and trusts no word of the device', () => {
  const settings = {
    version: '2.63"><evil/>',
    source: 'Feeder',
    region: { x: 1, y: 2, width: 2480, height: 3508 },
    resolution: 300,
    colorMode: 'RGB24',
    format: 'image/jpeg</x>&',
    duplex: true,
  } as const
  const tree = parseXml(writeSettings(settings))
  const words = Object.fromEntries(tree.children.map(({ name, text }) => [name, text]))
  assert.is(words.Version, '2.0')
  assert.is(words.InputSource, 'Feeder')
  assert.is(words.DocumentFormat, 'image/jpeg</x>&')
  assert.is(words.Duplex, 'true')
  assert.is(words.XResolution, '300')
  const region = tree.children.find(({ name }) => name === 'ScanRegions')?.children[0]
  assert.equal(
    region?.children.map(({ name, text }) => `${name}=${text}`),
    [
      'ContentRegionUnits=escl:ThreeHundredthsOfInches',
      'XOffset=1',
      'YOffset=2',
      'Width=2480',
      'Height=3508',
    ],
  )
  assert.match(writeSettings({ ...settings, version: '2.1' }), /DocumentFormatExt/)
})

eScl('body is known by its first bytes', () => {
  assert.is(imageFormatOf(Buffer.from([0xff, 0xd8, 0xff, 0xe0])), 'image/jpeg')
  assert.is(imageFormatOf(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')), 'image/png')
  assert.is(imageFormatOf(Buffer.from('II*\0')), 'image/tiff')
  assert.is(imageFormatOf(Buffer.from('MM\0*')), 'image/tiff')
  assert.is(imageFormatOf(Buffer.from('%PDF-1.7')), 'application/pdf')
  assert.is(imageFormatOf(Buffer.from('<html>')), undefined)
  assert.is(imageFormatOf(Buffer.alloc(0)), undefined)
})

eScl.run()
