import { hostname } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../fleet/config.ts'
import { certifiedNames, doorHost, isTrial, placesOf } from '../../fleet/doors.ts'

const theDoors = suite('the doors of a fleet')

theDoors('are on one address, unless the one for people is told its own', () => {
  const hosts = (settings: Record<string, string>) => {
    const { people, terminals } = placesOf(readConfig(settings))
    return [people.host, terminals.host]
  }
  assert.equal(hosts({}), ['127.0.0.1', '127.0.0.1'])
  assert.equal(hosts({ AVYL_HOST: '192.0.2.7' }), ['192.0.2.7', '192.0.2.7'])
  assert.equal(hosts({ AVYL_HOST: '0.0.0.0', AVYL_HTTP_HOST: '127.0.0.1' }), ['127.0.0.1', '0.0.0.0'])
})

const told: readonly (readonly [settings: Record<string, string>, host: string])[] = [
  [{}, '127.0.0.1'],
  [{ AVYL_HOST: '192.0.2.7' }, '192.0.2.7'],
  [{ AVYL_HOST: '0.0.0.0' }, hostname()],
  [{ AVYL_HOST: '0.0.0.0', AVYL_DOOR_NAMES: 'fleet.example.org, 192.0.2.7' }, 'fleet.example.org'],
]
for (const [settings, host] of told) {
  theDoors(
    `show terminals a certificate of the name they were told, with ${JSON.stringify(settings)}`,
    () => {
      const config = readConfig(settings)
      assert.is(doorHost(config), host)
      const { names, addresses } = certifiedNames(config)
      assert.ok([...names, ...addresses].includes(host), JSON.stringify({ names, addresses }))
    },
  )
}

theDoors('have names and addresses apart in their certificate', () => {
  assert.equal(certifiedNames(readConfig({ AVYL_DOOR_NAMES: 'fleet.example.org, 192.0.2.7,2001:db8::7' })), {
    names: ['fleet.example.org'],
    addresses: ['192.0.2.7', '2001:db8::7'],
  })
})

theDoors('make a trial where nobody but this machine can come in', () => {
  for (const host of ['127.0.0.1', '127.0.1.1', '::1', 'localhost']) {
    assert.ok(isTrial(readConfig({ AVYL_HOST: host })), host)
  }
})

const earnest: readonly (readonly [what: string, settings: Record<string, string>])[] = [
  ['people come from the network', { AVYL_HTTP_HOST: '0.0.0.0' }],
  ['terminals come from the network', { AVYL_HOST: '0.0.0.0', AVYL_HTTP_HOST: '127.0.0.1' }],
  ['terminals are told a name of the network', { AVYL_DOOR_NAMES: 'fleet.example.org' }],
  ['a proxy stands in front', { AVYL_BEHIND_PROXY: 'true' }],
  ['browsers find it by a name', { AVYL_PUBLIC_URL: 'https://fleet.example.org' }],
]
for (const [what, settings] of earnest) {
  theDoors(`make no trial where ${what}`, () => {
    assert.not.ok(isTrial(readConfig(settings)))
  })
}

theDoors.run()
