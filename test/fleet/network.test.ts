import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { networkOf } from '../../fleet/network.ts'

const theNetwork = suite('the network of an address')

theNetwork('is the address itself where it is of IPv4', () => {
  assert.is(networkOf('192.0.2.1'), '192.0.2.1')
  assert.is(networkOf('::ffff:192.0.2.1'), '::ffff:192.0.2.1')
  assert.is(networkOf(''), '')
})

theNetwork('is the first half of an address of IPv6, wherever its zeros are left out', () => {
  for (const [network, addresses] of [
    ['2001:db8:1:2', ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::', '2001:db8:1:2::9']],
    ['2001:db8:0:0', ['2001:db8::', '2001:db8::1', '2001:db8::1:2:3:4', '2001:db8:0:0:1::']],
    ['2001:db8:0:1', ['2001:db8:0:1::1', '2001:db8::1:0:0:0:1']],
    ['0:0:0:0', ['::1', '::']],
    ['fe80:0:0:0', ['fe80::1%eth0']],
  ] as const) {
    for (const address of addresses) assert.is(networkOf(address), network, address)
  }
})

theNetwork.run()
