import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isLoopback, withPort } from '../../fleet/host.ts'

const aHost = suite('a host')

aHost('is loopback where only this machine reaches it', () => {
  for (const host of [
    '127.0.0.1',
    '127.255.255.254',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    'localhost',
    'LocalHost.',
    'fleet.localhost',
  ]) {
    assert.ok(isLoopback(host), host)
  }
  for (const host of [
    '128.0.0.1',
    '0.0.0.0',
    '::',
    '::2',
    '192.0.2.7',
    'fleet.example.org',
    'notlocalhost',
  ]) {
    assert.not.ok(isLoopback(host), host)
  }
})

aHost('stands in brackets where its colons could be taken for the port', () => {
  assert.is(withPort('fleet.example.org', 8883), 'fleet.example.org:8883')
  assert.is(withPort('192.0.2.7', 8883), '192.0.2.7:8883')
  assert.is(withPort('2001:db8::7', 8883), '[2001:db8::7]:8883')
})

aHost.run()
