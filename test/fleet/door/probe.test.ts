import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { probeRoute } from '../../../fleet/door/probe.ts'
import { maxProbeBytes } from '../../../protocol/door.ts'
import { openRoute } from '../../support/open-door.ts'

const theProbe = suite('the probe')

theProbe('gives as many bytes as are asked for, and says what was brought', async () => {
  const door = await openRoute(probeRoute())
  try {
    for (const bytes of [0, 16 * 1024, maxProbeBytes]) {
      const answer = await door.ask('GET', `/probe?bytes=${bytes}`)
      assert.equal([answer.status, (await answer.arrayBuffer()).byteLength], [200, bytes])
    }
    assert.is((await door.ask('GET', '/probe')).status, 200)
    const load = Buffer.alloc(64 * 1024, 7)
    const brought = await door.ask('PUT', '/probe', load)
    const sha256 = createHash('sha256').update(load).digest('hex')
    assert.equal([brought.status, await brought.json()], [200, { bytes: load.length, sha256 }])
  } finally {
    await door.close()
  }
})

theProbe('is bounded', async () => {
  const door = await openRoute(probeRoute())
  try {
    for (const bytes of [maxProbeBytes + 1, -1, 'many', 1e9]) {
      assert.is((await door.ask('GET', `/probe?bytes=${bytes}`)).status, 400, String(bytes))
    }
    const tooMany = await door.ask('PUT', '/probe', Buffer.alloc(maxProbeBytes + 1)).then(
      ({ status }) => status,
      () => 413,
    )
    assert.is(tooMany, 413)
    assert.is((await door.ask('DELETE', '/probe')).status, 404)
  } finally {
    await door.close()
  }
})

theProbe('may be used so often, by one address and by all together', async () => {
  const often = { perSecond: 0.001, burst: 1000 }
  const twice = { perSecond: 0.001, burst: 2 }
  for (const rates of [
    { ofAddress: twice, ofAll: often },
    { ofAddress: often, ofAll: twice },
  ]) {
    const door = await openRoute(probeRoute(rates))
    try {
      const statuses = []
      for (let turn = 0; turn < 3; turn += 1) statuses.push((await door.ask('GET', '/probe?bytes=1')).status)
      assert.equal(statuses, [200, 200, 429])
      assert.ok(Number((await door.ask('PUT', '/probe', 'x')).headers.get('retry-after')) > 0)
    } finally {
      await door.close()
    }
  }
})

theProbe.run()
