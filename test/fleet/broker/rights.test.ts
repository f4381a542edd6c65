import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mayPublish, maySend, maySubscribe } from '../../../fleet/broker/rights.ts'
import { maxBodyBytes } from '../../../protocol/envelope.ts'
import { topics } from '../../../protocol/topics.ts'

const id = '01890000-0000-7000-8000-000000000000'
const outline = (topic: string, more = {}) => ({ topic, qos: 1, retain: false, bytes: 2, ...more })

const theRights = suite('the rights of a terminal')

theRights('let it publish on its own up topics', () => {
  const own = [
    topics.presence('kazan-7'),
    topics.profile('kazan-7'),
    topics.reported('kazan-7'),
    topics.event('kazan-7'),
    topics.telemetry('kazan-7'),
    topics.commandReport('kazan-7', id),
  ]
  for (const topic of own) assert.is(mayPublish('kazan-7', outline(topic)), undefined, topic)
})

theRights('say why everything else is refused', () => {
  const cases = [
    [outline(topics.event('kazan-8')), 'foreign'],
    [outline(topics.command('kazan-7', id)), 'wrong-direction'],
    [outline(topics.desired('kazan-7')), 'wrong-direction'],
    [outline('$SYS/uptime'), 'not-a-topic'],
    [outline('avyl/1/d/kazan-7/up/cmd'), 'not-a-topic'],
    [outline('avyl/1/d/kazan-7/up/constructor'), 'not-a-topic'],
    [outline('avyl/1/d/__proto__/up/event'), 'not-a-topic'],
    [outline(topics.event('kazan-7'), { qos: 2 }), 'wrong-qos'],
    [outline(topics.event('kazan-7'), { retain: true }), 'not-retained'],
    [outline(topics.event('kazan-7'), { bytes: maxBodyBytes + 1 }), 'too-large'],
  ] as const
  for (const [message, denial] of cases) assert.is(mayPublish('kazan-7', message), denial, message.topic)
})

theRights('hold at the edges of size and retaining', () => {
  assert.is(mayPublish('kazan-7', outline(topics.event('kazan-7'), { bytes: maxBodyBytes })), undefined)
  assert.is(mayPublish('kazan-7', outline(topics.presence('kazan-7'), { retain: true })), undefined)
})

theRights('let it read by one filter alone', () => {
  assert.ok(maySubscribe('kazan-7', topics.down('kazan-7')))
  for (const filter of [
    '#',
    '+/#',
    '$SYS/#',
    topics.down('kazan-8'),
    topics.down('+'),
    topics.event('kazan-7'),
  ]) {
    assert.not(maySubscribe('kazan-7', filter), filter)
  }
})

theRights('leave the dn topics to the fleet', () => {
  assert.is(maySend(outline(topics.command('kazan-7', id))), undefined)
  assert.is(maySend(outline(topics.event('kazan-7'))), 'wrong-direction')
  assert.is(maySend(outline('$SYS/x')), 'not-a-topic')
})

theRights.run()
