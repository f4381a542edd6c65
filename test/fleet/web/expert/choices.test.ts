import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cleanUpChoices, printChoiceOf, scanChoiceOf } from '../../../../fleet/web/expert/choices.ts'
import { type Action, reduce } from '../../../../fleet/web/expert/reducer.ts'
import { initialState, type State } from '../../../../fleet/web/expert/state.ts'
import type { CleanUp } from '../../../../protocol/configuration.ts'
import { terminalOf } from '../../../support/village-terminals.ts'

const terminal = 'avyl-01'
const after = (state: State, ...actions: Action[]): State => actions.reduce(reduce, state)
const configured = (clean: CleanUp): Action => ({
  type: 'defaults',
  terminal,
  defaults: {
    scan: { dpi: 600, mode: 'grey', format: 'pdf', clean },
    print: { duplex: 'long-edge', colour: false },
  },
})
const first = after(initialState('ru'), { type: 'terminals', terminals: [terminalOf(terminal, 'Бахта')] })

const aChoice = suite('a choice')

aChoice('that nobody made is as the terminal is configured, and as its scanner can do it', () => {
  assert.equal(scanChoiceOf(first, terminal), {
    ...{ source: 'flatbed', dpi: 300, mode: 'colour', cleanUp: 'full' },
  })
  const known = after(first, configured('straighten'))
  assert.equal(scanChoiceOf(known, terminal), {
    ...{ source: 'flatbed', dpi: 600, mode: 'grey', cleanUp: 'straighten' },
  })
  const feeder = after(known, { type: 'scan-choice', terminal, choice: { source: 'feeder' } })
  assert.is(scanChoiceOf(feeder, terminal).dpi, 300)
  assert.equal(printChoiceOf(known, terminal), {
    ...{ from: 'pages', copies: 1, range: '', duplex: 'long-edge', colour: false },
  })
})

aChoice('that somebody made stays, whatever the terminal is configured to later', () => {
  const chosen = after(
    first,
    { type: 'scan-choice', terminal, choice: { mode: 'colour', cleanUp: 'off' } },
    { type: 'print-choice', terminal, choice: { colour: true } },
    configured('full'),
  )
  assert.equal(scanChoiceOf(chosen, terminal), {
    ...{ source: 'flatbed', dpi: 600, mode: 'colour', cleanUp: 'off' },
  })
  assert.is(printChoiceOf(chosen, terminal).colour, true)
})

aChoice('to straighten alone is there only where the configuration says it, which no command can', () => {
  const chosen = after(first, configured('straighten'), {
    ...{ type: 'scan-choice', terminal, choice: { cleanUp: 'straighten' } },
  })
  assert.equal(cleanUpChoices(chosen, terminal), ['off', 'straighten', 'full'])
  const changed = after(chosen, configured('off'))
  assert.equal(cleanUpChoices(changed, terminal), ['off', 'full'])
  assert.is(scanChoiceOf(changed, terminal).cleanUp, 'off')
})

aChoice.run()
