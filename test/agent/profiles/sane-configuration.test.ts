import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeSaneConfiguration } from '../../../agent/profiles/sane-configuration.ts'
import { scratch } from '../../support/agent-parts.ts'

const configuration = suite("a model's SANE configuration")

const system = scratch()
configuration.before(async () => {
  await mkdir(system, { recursive: true })
  await writeFile(join(system, 'pixma.conf'), '# as Debian has it\n')
  await writeFile(
    join(system, 'airscan.conf'),
    '[devices]\n[options]\nws-discovery = fast\nmodel = network\n',
  )
})

configuration('enables its backend alone, with the settings of the system', async () => {
  const folder = await writeSaneConfiguration(scratch(), { backend: 'pixma', noWsd: false }, system)
  assert.is(await readFile(join(folder, 'dll.conf'), 'utf8'), 'pixma\n')
  assert.is(await readFile(join(folder, 'pixma.conf'), 'utf8'), '# as Debian has it\n')
  const other = await writeSaneConfiguration(scratch(), { backend: 'hpljm1005', noWsd: false }, system)
  assert.is(await readFile(join(other, 'dll.conf'), 'utf8'), 'hpljm1005\n')
})

configuration('turns WS-Discovery off for noWsd', async () => {
  const folder = await writeSaneConfiguration(scratch(), { backend: 'airscan', noWsd: true }, system)
  const text = await readFile(join(folder, 'airscan.conf'), 'utf8')
  assert.is(text, '[devices]\n[options]\nws-discovery = off\nmodel = network\n')
  const bare = await writeSaneConfiguration(scratch(), { backend: 'airscan', noWsd: true }, '/nonexistent')
  assert.match(await readFile(join(bare, 'airscan.conf'), 'utf8'), /\[options\]\nws-discovery = off/)
})

configuration.run()
