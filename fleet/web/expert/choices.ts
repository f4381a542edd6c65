import type { CommandDefaults } from '../../api/configuration-schemas.ts'
import { fitScan } from './scan-limits.ts'
import { deskOf, type PrintChoice, type ScanChoice, type State } from './state.ts'

/** What is offered until it is known how the terminal is configured. */
const usual = {
  scan: { dpi: 300, mode: 'colour', clean: 'full' },
  print: { duplex: 'none', colour: true },
} as const

const defaultsOf = (
  state: State,
  terminal: string,
): Pick<CommandDefaults, 'print'> & {
  readonly scan: Omit<CommandDefaults['scan'], 'format'>
} => state.defaults[terminal] ?? usual

/** The ways to clean up a scan: a command says all or nothing, only the configuration says what lies between. */
export const cleanUpChoices = (state: State, terminal: string): readonly ScanChoice['cleanUp'][] =>
  defaultsOf(state, terminal).scan.clean === 'straighten' ? ['off', 'straighten', 'full'] : ['off', 'full']

/** The scan that would begin now: what somebody chose, else as the terminal is configured, as its scanner can do it. */
export const scanChoiceOf = (state: State, terminal: string): ScanChoice => {
  const { clean, dpi, mode } = defaultsOf(state, terminal).scan
  const chosen = deskOf(state, terminal).scan
  const cleanUp = cleanUpChoices(state, terminal).find((one) => one === chosen.cleanUp) ?? clean
  const wish = { source: 'flatbed', dpi, mode, ...chosen, cleanUp } as const
  return fitScan(wish, state.terminals?.[terminal]?.capabilities.scanner?.scanner)
}

/** The print that would begin now: what somebody chose, else as the terminal is configured. */
export const printChoiceOf = (state: State, terminal: string): PrintChoice => ({
  ...defaultsOf(state, terminal).print,
  ...deskOf(state, terminal).print,
})
