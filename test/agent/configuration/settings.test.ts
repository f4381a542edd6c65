import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSettings, SettingRefused } from '../../../agent/configuration/settings.ts'
import { type Configuration, defaultConfiguration } from '../../../protocol/configuration.ts'
import { silent } from '../../support/agent-parts.ts'

const next: Configuration = {
  ...defaultConfiguration,
  logLevel: 'warn',
  print: { duplex: 'none', colour: false },
}

const theSettings = suite('the settings of an agent')

theSettings('are the default ones until somebody says otherwise, and parts are told what changes', () => {
  const settings = createSettings(silent)
  const heard: unknown[] = []
  settings.on('logLevel', (level) => heard.push(level))
  settings.on('scan', (scan) => heard.push(scan))
  assert.equal(settings.current(), defaultConfiguration)
  assert.equal(heard, [])
  assert.equal(settings.apply(next), [])
  assert.equal(heard, ['warn'])
  assert.equal(settings.apply(next), [])
  assert.equal(heard, ['warn'])
  assert.equal(settings.current(), next)
})

theSettings('reach a part that comes later', () => {
  const settings = createSettings(silent)
  settings.apply(next)
  const heard: unknown[] = []
  settings.on('logLevel', (level) => heard.push(level))
  settings.on('uplink', (uplink) => heard.push(uplink))
  settings.on('print', () => {
    throw new SettingRefused('/colour', 'There is no colour')
  })
  assert.equal(heard, ['warn'])
})

theSettings('hold whole or not at all, and each part that refuses says what', () => {
  const settings = createSettings(silent)
  const heard: unknown[] = []
  settings.on('logLevel', (level) => heard.push(level))
  settings.on('print', (print) => {
    if (!print.colour) throw new SettingRefused('/colour', 'There is no colour')
  })
  settings.on('scan', () => {
    throw new Error('broken')
  })
  const faults = settings.apply({ ...next, scan: { ...next.scan, dpi: 600 } })
  assert.equal(faults, [
    { path: '/print/colour', text: 'There is no colour' },
    { path: '/scan', text: 'could not be applied' },
  ])
  assert.equal(heard, ['warn', 'info'])
  assert.equal(settings.current(), defaultConfiguration)
})

theSettings('go back to what held before, also where a part has had enough of it', () => {
  const settings = createSettings(silent)
  const heard: unknown[] = []
  settings.on('print', ({ colour }) => {
    if (colour) throw new SettingRefused('/colour', 'No colour any more')
  })
  settings.on('logLevel', (level) => heard.push(level))
  settings.apply(next)
  settings.restore(defaultConfiguration)
  assert.equal(settings.current(), defaultConfiguration)
  assert.equal(heard, ['warn', 'info'])
})

theSettings('tell whether what their parts began is over, and what of it was in vain', async () => {
  const settings = createSettings(silent)
  const under: PromiseWithResolvers<string | undefined>[] = []
  settings.on('print', () => {
    const work = Promise.withResolvers<string | undefined>()
    under.push(work)
    return work.promise
  })
  const none = { isOver: true, faults: [] }
  const ended = async (text?: string) => {
    under.at(-1)?.resolve(text)
    await new Promise(setImmediate)
    return settings.lasting()
  }
  assert.equal(settings.lasting(), none)
  settings.apply(next)
  assert.equal(settings.lasting(), { isOver: false, faults: [] })
  assert.equal(await ended('not to be had'), {
    isOver: true,
    faults: [{ path: '/print', text: 'not to be had' }],
  })
  settings.apply({ ...next, logLevel: 'error' })
  assert.equal(settings.lasting(), none, 'what was in vain before is not the fault of what holds now')
  settings.restore(defaultConfiguration)
  assert.equal(settings.lasting(), { isOver: false, faults: [] })
  assert.equal(await ended(), none)
})

theSettings.run()
