import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAgent } from '../../../agent/agent.ts'
import { parseConfig } from '../../../agent/config.ts'
import { findField } from '../../../agent/setup/shell/field.ts'
import { scratch, silent } from '../../support/agent-parts.ts'
import { startUnknownDevice } from '../../support/unknown-device.ts'

const theStep = suite('the step that finds the devices')

theStep('looks for them, so that one which was switched on a moment ago is there', async () => {
  let isOn = false
  const device = await startUnknownDevice('Pantum BM5100ADW', () => isOn)
  const dataFolder = scratch()
  const agent = createAgent(
    parseConfig({
      dataFolder,
      scanner: { driver: 'auto', url: device.scannerUrl },
      printer: { driver: 'auto', uri: device.printerUri },
      ...{ serial: 'PC-1', setup: { port: 0 } },
    }),
    { logger: silent },
  )
  await agent.start()
  const find = async () => (await findField(dataFolder).run('devices', {}, () => {})).steps.devices
  const before = await find()
  assert.equal([before.state, before.result?.scanner, before.result?.printer], ['done', undefined, undefined])
  isOn = true
  const { result } = await find()
  assert.equal(result, {
    scanner: 'Pantum BM5100ADW',
    printer: 'Pantum BM5100ADW',
    profile: 'pantum/bm5100adw',
    known: true,
  })
  await agent.stop()
  await device.stop()
})

theStep.run()
