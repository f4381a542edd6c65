import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig, settingNames } from '../../fleet/config.ts'

const theSettings = suite('the settings of the fleet')

theSettings('have values where the environment says nothing', () => {
  const config = readConfig({ AVYL_HTTP_PORT: '' })
  assert.is(config.httpPort, 8080)
  assert.is(config.mqttPort, 8883)
  assert.is(config.host, '127.0.0.1')
  assert.match(config.dataFolder, /^\/.*\.avyl$/)
  assert.ok(Object.isFrozen(config))
})

theSettings('are read from the environment', () => {
  const config = readConfig({
    AVYL_HTTP_PORT: '0',
    AVYL_MQTT_PORT: '1883',
    AVYL_DATA_DIR: '/srv/avyl',
    AVYL_BEHIND_PROXY: 'true',
    AVYL_STORE_SYNCHRONOUS: 'full',
    AVYL_PUBLIC_URL: 'https://fleet.example.org',
    AVYL_HTTP_HOST: '::1',
  })
  assert.is(config.httpPort, 0)
  assert.is(config.mqttPort, 1883)
  assert.is(config.dataFolder, '/srv/avyl')
  assert.is(config.behindProxy, true)
  assert.is(config.synchronous, 'full')
  assert.is(config.publicUrl, 'https://fleet.example.org')
  assert.is(config.httpHost, '::1')
})

theSettings('that do not fit are named', () => {
  assert.throws(() => readConfig({ AVYL_HTTP_PORT: '70000' }), /^AVYL_HTTP_PORT /)
  assert.throws(() => readConfig({ AVYL_MQTT_PORT: 'x' }), /AVYL_MQTT_PORT/)
  assert.throws(() => readConfig({ AVYL_STORE_SYNCHRONOUS: 'off' }), /AVYL_STORE_SYNCHRONOUS/)
  for (const url of ['fleet.example.org', 'https://fleet.example.org/', 'javascript:alert(1)']) {
    assert.throws(() => readConfig({ AVYL_PUBLIC_URL: url }), /AVYL_PUBLIC_URL/)
  }
})

theSettings('stand in the file of the package, each with a value that fits, and nothing else does', () => {
  const file = readFileSync('provisioning/package/fleet/fleet.env', 'utf8')
  const lines = [...file.matchAll(/^#(AVYL_\w+)=(.+)$/gm)].map(([, name = '', value = '']) => ({
    name,
    value,
  }))
  const names = new Set(lines.map(({ name }) => name))
  assert.equal([...names].sort(), Object.values(settingNames).sort())
  for (const { name, value } of lines) readConfig({ [name]: value })
  const words = file.split('\n').filter((line) => line !== '' && !/^#(AVYL_\w+=| )/.test(line))
  assert.equal(words, [])
})

theSettings.run()
