import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createProgressReports } from '../../../agent/commands/progress.ts'
import { LineDown } from '../../../agent/link/line.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { testLine } from '../../support/agent-parts.ts'

const reports = suite('the progress of a command')

const finished = { artefact: uuidv7(), width: 1, height: 1, dpi: 75 }

reports('leaves the loop free while a connection that goes down refuses what it is given', async () => {
  const line = testLine()
  const { send } = line
  let goingDown = true
  line.send = async (kind, body) => {
    if (goingDown) throw new LineDown()
    await send(kind, body)
  }
  const id = uuidv7()
  const progress = createProgressReports(id, line, () => undefined)
  progress.progress({ step: 'scanning', page: 1, finished })
  const closed = progress.close(new AbortController().signal)
  await new Promise((next) => setImmediate(next))
  goingDown = false
  await closed
  assert.equal(
    line.reports(id).map(({ progress }) => progress?.finished),
    [finished],
  )
})

reports('gives up a page when the agent stops', async () => {
  const line = testLine()
  line.send = async () => {
    throw new LineDown()
  }
  const stop = new AbortController()
  const progress = createProgressReports(uuidv7(), line, () => stop.abort(new Error('stopped')))
  progress.progress({ step: 'scanning', page: 1, finished })
  const error = await progress.close(stop.signal).then(
    () => undefined,
    (thrown: Error) => thrown.message,
  )
  assert.is(error, 'stopped')
})

reports.run()
