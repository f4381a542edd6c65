import type { Terminal } from '../../fleet/api/schemas.ts'

const sources = [
  {
    source: 'flatbed',
    dpi: [75, 150, 300, 600],
    modes: ['colour', 'grey', 'blackwhite'],
    width: 216,
    height: 297,
  },
  { source: 'feeder', dpi: [150, 300], modes: ['colour', 'grey'], width: 216, height: 356 },
] as const

const scanner = {
  present: true,
  ok: true,
  scanner: {
    vendor: 'Avyl',
    model: 'Test scanner',
    driver: 'sane',
    sources: sources.map((one) => ({ ...one, dpi: [...one.dpi], modes: [...one.modes] })),
  },
}

type Reasons = { reason: string; severity: 'report' | 'warning' | 'error' }[]

const printer = (reasons: Reasons) => ({
  present: true,
  ok: reasons.every(({ severity }) => severity !== 'error'),
  printer: {
    makeAndModel: 'Test printer',
    driver: 'ipp',
    state: reasons.some(({ severity }) => severity === 'error') ? ('stopped' as const) : ('idle' as const),
    reasons,
    formats: ['application/pdf'],
    colour: true,
    duplex: true,
    dpi: [600],
    supplies: [
      { name: 'Black toner', type: 'toner', colour: '#000000', level: 12 },
      { name: 'Drum', type: 'opc', level: null },
    ],
    trays: [{ name: 'Tray 1', level: 180, capacity: 250 }],
  },
})

/** A terminal whose devices are all there. */
export const terminalOf = (
  id: string,
  village: string,
  more: Partial<Terminal> = {},
  reasons: Reasons = [],
): Terminal => ({
  id,
  village,
  state: 'online',
  since: Date.now() - 3_600_000,
  agent: '0.1.0',
  capabilities: { scanner, printer: printer(reasons), copier: { present: true, ok: true } },
  ...more,
})

/** Five villages in the five moods that an expert meets. */
export const someTerminals = (): Terminal[] => [
  terminalOf('avyl-01', 'Бахта', {}, [{ reason: 'toner-low', severity: 'warning' }]),
  terminalOf('avyl-02', 'Дружба', {}, [{ reason: 'media-empty', severity: 'error' }]),
  terminalOf('avyl-03', 'Кителга', { state: 'offline' }),
  terminalOf('avyl-04', 'Сеитово', { state: 'never-seen', capabilities: {} }),
  terminalOf('avyl-05', 'Җирекле', { capabilities: { scanner: { present: false, ok: false } } }),
]
