import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createConfiguration } from '../../agent/configuration.ts'
import { openDatabase } from '../../agent/database.ts'
import { createMarks } from '../../agent/marks.ts'
import type { DesiredMessage } from '../../protocol/messages.ts'
import { silent, testLine } from '../support/agent-parts.ts'

const hash = 'a'.repeat(64)
const desired = (version: number, config: unknown): DesiredMessage => ({
  ...{ v: 1, ts: Date.now(), boot: 'fleet', run: 'fleet', seq: 0 },
  ...{ version, hash, config },
})

const taken = () => {
  const database = openDatabase(':memory:')
  const line = testLine()
  const parts = { marks: createMarks(database), line, logger: silent }
  return { line, configuration: createConfiguration(parts), again: () => createConfiguration(parts) }
}

const aConfiguration = suite('a configuration that Kazan wants')

aConfiguration('is answered with its version and hash, once', async () => {
  const { configuration, line } = taken()
  configuration.desired(desired(3, {}))
  configuration.desired(desired(3, {}))
  await line.until(() => line.sent.length > 0)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(
    line.sent.map(({ body }) => body),
    [{ version: 3, hash, errors: [] }],
  )
})

aConfiguration('is honestly refused where this agent does not know a setting', async () => {
  const { configuration, line } = taken()
  configuration.desired(desired(4, { volume: 11, colour: 'red' }))
  configuration.desired(desired(5, 'not an object'))
  await line.until(() => line.sent.length === 2)
  const paths = line.sent.map(({ body }) => (body.errors as { path: string }[]).map(({ path }) => path))
  assert.equal(paths, [['/volume', '/colour'], ['/']])
})

aConfiguration('is remembered and reported again', async () => {
  const { configuration, line, again } = taken()
  configuration.report()
  await line.until(() => line.sent.length === 1)
  assert.is(line.sent[0]?.body.version, 0)
  configuration.desired(desired(6, {}))
  again().report()
  await line.until(() => line.sent.length === 3)
  assert.is(line.sent[2]?.body.version, 6)
  line.fall()
  again().report()
})

aConfiguration.run()
