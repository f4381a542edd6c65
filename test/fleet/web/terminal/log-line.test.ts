import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { logLineOf } from '../../../../fleet/web/terminal/log-line.ts'
import { settingsOf } from '../../../../fleet/web/terminal/settings.ts'

const aLine = suite('a line of the log')

aLine('is read as pino writes it', () => {
  const line = '{"level":40,"time":1700000000000,"pid":7,"hostname":"h","device":"t1","ms":3,"msg":"slow"}'
  assert.equal(logLineOf(line), { at: 1_700_000_000_000, level: 'warn', text: 'slow device=t1 ms=3' })
  assert.is(logLineOf('{"level":60,"msg":"x"}').level, 'error')
  assert.is(logLineOf('{"level":"info","msg":"x"}').level, 'info')
  assert.is(logLineOf('{"level":{},"msg":"x"}').level, undefined)
})

aLine('stays as it is where it is none of pino', () => {
  for (const text of ['', 'plain', '{"msg"', 'null', '[1]', '{"a":1}'])
    assert.equal(logLineOf(text), { text })
})
aLine.run()

const aConfiguration = suite('a configuration')

aConfiguration('is a flat list of values, each with the nearest layer above it', () => {
  const document = {
    print: { duplex: 'none', colour: true },
    openingHours: {
      week: {
        monday: [
          { from: '08:00', to: '12:00' },
          { from: '13:00', to: '17:00' },
        ],
        sunday: [],
      },
    },
    languages: ['ru', 'tt'],
    empty: {},
  }
  const origins = { '': 'default', '/print/duplex': 'terminal t1', '/openingHours': 'village A' }
  assert.equal(
    settingsOf(document, origins).map(({ path, value, origin }) => `${path} = ${value} (${origin})`),
    [
      'print › duplex = none (terminal t1)',
      'print › colour = true (default)',
      'openingHours › week › monday = 08:00–12:00, 13:00–17:00 (village A)',
      'openingHours › week › sunday = – (village A)',
      'languages = ru, tt (default)',
      'empty = {} (default)',
    ],
  )
})
aConfiguration.run()
