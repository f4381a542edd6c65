import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { licencesOf } from '../../provisioning/licences.ts'

const licences = suite('the licences of what is bundled')

licences('stand once for each package, with its own text', async () => {
  const text = await licencesOf([
    'fleet/main.ts',
    'node_modules/pino/pino.js',
    'node_modules/pino/lib/proto.js',
    'node_modules/@fastify/cookie/plugin.js',
  ])
  assert.equal(text.match(/^(pino|@fastify\/cookie) .*: MIT$/gm)?.length, 2)
  assert.match(text, /Copyright .*Matteo Collina/)
})

licences.run()
