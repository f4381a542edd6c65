import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Artefact } from '../../../fleet/api/schemas.ts'
import { isFinal } from '../../../protocol/messages.ts'
import { scratch } from '../agent-parts.ts'
import type { Fate } from './load.ts'
import { type PowerCutPlan, type PowerCuts, pullPlugs } from './power-cut.ts'

/** Names a command in a failed assertion. */
const named = ({ terminal, name, command }: Fate): string =>
  `${name} ${command.id} of ${terminal}, ${command.state}: ${JSON.stringify(command.error ?? command.result)}`

/** The tests of one run in which plugs are pulled; the seed is in the suite's name. */
export const powerCutTests = (plan: Omit<PowerCutPlan, 'folder'>): void => {
  const aVillage = suite(
    `a village whose agents are killed ${plan.agentKills} times and whose fleet ${plan.fleetKills} times (seed ${plan.seed})`,
  )
  let cuts: PowerCuts
  let files: ReadonlyMap<string, readonly Artefact[]>
  const jobsOf = ({ command }: Fate) => cuts.jobs.filter(({ name }) => name === `Avyl ${command.id}`)
  const all = (name: string) => cuts.fates.filter((fate) => fate.name === name)

  aVillage.before(async () => {
    cuts = await pullPlugs({ ...plan, folder: scratch() })
    files = new Map(
      await Promise.all(
        all('scanner.scan').map(
          async ({ command }) => [command.id, await cuts.api.artefactsOf(command.id)] as const,
        ),
      ),
    )
  })
  aVillage.after(() => cuts?.stop())

  aVillage('pulls every plug as often as planned, under a load of every kind, and works on as before', () => {
    assert.equal(cuts.kills, { agents: plan.agentKills, fleet: plan.fleetKills })
    for (const name of ['scanner.scan', 'scanner.describe', 'printer.print', 'copier.copy']) {
      const afterwards = all(name).filter((fate) => fate.afterwards)
      assert.ok(afterwards.length > 0 && all(name).length > afterwards.length, `no ${name} under load`)
      for (const fate of afterwards) assert.is(fate.command.state, 'succeeded', named(fate))
    }
    const tally = Object.groupBy(cuts.fates, ({ name, command }) => `${name} ${command.state}`)
    for (const [kind, fates] of Object.entries(tally)) console.log(`${fates?.length} ${kind}`)
    console.log(cuts.complaints.slice(0, 20).join('\n'))
  })

  aVillage('loses no command: each key has one id, each id one final state', async () => {
    for (const fate of cuts.fates) {
      const { ids, command } = fate
      assert.is(ids.size, 1, named(fate))
      assert.equal([...(cuts.witness.finals.get(command.id) ?? [])], [command.state], named(fate))
      const now = await cuts.api.command(command.id)
      assert.is(now.state, command.state, named(fate))
      assert.ok(isFinal(now.state))
      assert.is(now.late, undefined, named(fate))
    }
    assert.is(new Set(cuts.fates.map(({ command }) => command.id)).size, cuts.fates.length)
  })

  aVillage('prints nothing twice, and reports each print that may be out', () => {
    for (const fate of [...all('printer.print'), ...all('copier.copy')]) {
      const { state, error } = fate.command
      const sides = jobsOf(fate).length
      assert.ok(sides <= 1, named(fate))
      if (state === 'succeeded') assert.is(sides, 1, named(fate))
      else if (state === 'unknown') assert.is(error?.code, 'unknown-outcome', named(fate))
      else assert.is(sides, 0, named(fate))
    }
    const asked = new Set(cuts.fates.map(({ command }) => `Avyl ${command.id}`))
    for (const { name } of cuts.jobs) assert.ok(asked.has(name), `nobody asked for ${name}`)
  })

  aVillage('says of every scan that was interrupted that it was', () => {
    for (const fate of all('scanner.scan')) {
      const { state, error } = fate.command
      assert.is.not(state, 'unknown', named(fate))
      if (state !== 'succeeded') assert.ok(error, named(fate))
    }
  })

  aVillage('loses no finished page, whatever became of its scan', async () => {
    let read = 0
    for (const fate of all('scanner.scan')) {
      const { command } = fate
      const kept = files.get(command.id) ?? []
      const told = [...(cuts.witness.pages.get(command.id) ?? [])]
      const result = command.result as { pages: { artefact: string }[]; document?: string } | undefined
      const promised = [
        ...told,
        ...(result?.pages.map(({ artefact }) => artefact) ?? []),
        ...(result?.document === undefined ? [] : [result.document]),
      ]
      for (const id of new Set(promised)) {
        const artefact = kept.find((one) => one.id === id)
        assert.ok(artefact, `${id} is lost: ${named(fate)}`)
        const response = await cuts.api.send('GET', `/artefacts/${id}`)
        const bytes = Buffer.from(await response.arrayBuffer())
        assert.is(createHash('sha256').update(bytes).digest('hex'), artefact?.sha256, named(fate))
        if (artefact?.mediaType === 'image/jpeg') await sharp(bytes).stats()
        read += 1
      }
      // A page that reached the fleet must be found by whoever looks at the command.
      const shown = new Set((await cuts.api.command(command.id)).pages.map(({ artefact }) => artefact))
      for (const { id, kind } of kept) {
        if (kind === 'page') assert.ok(shown.has(id), `${id} is hidden: ${named(fate)}`)
      }
    }
    assert.ok(read > 0)
  })

  aVillage.run()
}
