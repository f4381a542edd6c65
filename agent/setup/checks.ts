import { createHash } from 'node:crypto'
import type { SelfTestOutput } from '../../protocol/capabilities/terminal.ts'
import { CommandError } from '../../protocol/errors.ts'
import type { SetupCheck, Uplink } from '../../protocol/setup.ts'
import type { PaperPath } from '../capabilities/paper-path.ts'

/**
 * The checks of an acceptance, in the order of the sheet. What the terminal cannot do yet stays `absent`: nothing is
 * shown as done that nobody has tried.
 */
const twelve = [
  'screen',
  'camera',
  'microphone',
  'speaker',
  'handset',
  'scanner',
  'printer',
  'copier',
  'disk',
  'clock',
  'power',
  'call',
] as const

type Evidence = (signal: AbortSignal) => Promise<string>

/** A terminal that waits for its acceptance has no messages to send yet: what was measured tells of its line. */
const measuredLine = ({ rttMs, lossPercent, downKbits, upKbits }: Uplink): SetupCheck => ({
  name: 'line',
  state: 'good',
  evidence: `${Math.round(rttMs)} ms, ${Math.round(lossPercent)} %, ${Math.round(downKbits)}/${Math.round(upKbits)} kbit/s`,
})

/** Every check with its evidence, from the terminal's own self-tests and from its devices. */
export const runChecks = async (
  selftest: (signal: AbortSignal) => Promise<SelfTestOutput>,
  paper: PaperPath,
  uplink: Uplink | undefined,
  show: (percent: number) => void,
  signal: AbortSignal,
): Promise<readonly SetupCheck[]> => {
  const { checks: own } = await selftest(signal)
  show(40)
  const proved: Readonly<Record<string, Evidence>> = {
    scanner: async (limit) => {
      const { vendor, model, driver } = await paper.describeScanner(limit)
      return `${vendor} ${model} (${driver})`.trim()
    },
    printer: async (limit) => {
      const { state, reasons, supplies } = await paper.describePrinter(limit)
      const levels = supplies.map(({ colour, name, level }) => `${colour ?? name} ${level ?? '?'} %`)
      return [state, ...reasons.map(({ reason }) => reason), ...levels].join(', ')
    },
  }
  const checked = new Map<string, SetupCheck>()
  for (const { name, ok, detail } of own) {
    const prove = ok ? proved[name] : undefined
    const evidence = prove === undefined ? detail : await prove(signal).catch(() => detail)
    checked.set(name, { name, state: ok ? 'good' : 'bad', evidence: evidence.slice(0, 300) })
  }
  if (uplink !== undefined) checked.set('line', measuredLine(uplink))
  show(60)
  checked.set('test-scan', await testScan(paper, signal))
  signal.throwIfAborted()
  const ordered = twelve.map(
    (name): SetupCheck => checked.get(name) ?? { name, state: 'absent', evidence: '—' },
  )
  const further = [...checked.values()].filter(({ name }) => !(twelve as readonly string[]).includes(name))
  return [...ordered, ...further]
}

/** A page from the glass as it is: its hash is the evidence that the lamp moved. */
const testScan = async (paper: PaperPath, signal: AbortSignal): Promise<SetupCheck> => {
  const name = 'test-scan'
  try {
    const { sources } = await paper.describeScanner(signal)
    const glass = sources.find(({ source }) => source === 'flatbed')
    const dpi = glass?.dpi.filter((each) => each >= 75).toSorted((one, other) => one - other)[0] ?? 75
    const mode = glass?.modes.includes('grey') === true ? 'grey' : 'colour'
    const page = await paper.scan({ dpi, mode }, signal)
    const sha256 = createHash('sha256').update(page.bytes).digest('hex')
    const evidence = `sha256 ${sha256.slice(0, 16)}… ${page.width}×${page.height}, ${page.dpi} dpi, ${mode}`
    return { name, state: 'good', evidence }
  } catch (thrown) {
    signal.throwIfAborted()
    return { name, state: 'bad', evidence: CommandError.from(thrown).message.slice(0, 300) }
  }
}
