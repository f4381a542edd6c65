/** One figure that a terminal measures of itself and its devices. */
export interface Metric {
  /** As Prometheus names base units: bytes, seconds, ratio of 1, celsius. */
  readonly unit:
    | 'ratio'
    | 'bytes'
    | 'seconds'
    | 'celsius'
    | 'dbm'
    | 'count'
    | 'pages'
    | 'bytes-per-second'
    | 'state'
  /** How much it has to move, in its unit, to be worth a message of its own. */
  readonly change: number
}

/**
 * Every metric of `up/tele`; a terminal leaves out what it cannot measure. `state` is 1 where the thing is well and 0
 * where it is not.
 */
export const vitals = {
  cpu: { unit: 'ratio', change: 0.25 },
  memory: { unit: 'ratio', change: 0.1 },
  disk: { unit: 'ratio', change: 0.02 },
  disk_free: { unit: 'bytes', change: 512 * 1024 * 1024 },
  disk_wear: { unit: 'ratio', change: 0.01 },
  temperature: { unit: 'celsius', change: 10 },
  uptime: { unit: 'seconds', change: Number.POSITIVE_INFINITY },
  network_rtt: { unit: 'seconds', change: 0.3 },
  network_loss: { unit: 'ratio', change: 0.1 },
  network_received: { unit: 'bytes-per-second', change: Number.POSITIVE_INFINITY },
  network_sent: { unit: 'bytes-per-second', change: Number.POSITIVE_INFINITY },
  network_signal: { unit: 'dbm', change: 10 },
  clock_offset: { unit: 'seconds', change: 2 },
  agent_memory: { unit: 'bytes', change: 32 * 1024 * 1024 },
  agent_delay: { unit: 'seconds', change: 0.5 },
  camera: { unit: 'state', change: 1 },
  kiosk: { unit: 'state', change: 1 },
  scanner: { unit: 'state', change: 1 },
  printer: { unit: 'state', change: 1 },
  printer_pages: { unit: 'pages', change: Number.POSITIVE_INFINITY },
  printer_supply: { unit: 'ratio', change: 0.02 },
  printer_paper: { unit: 'ratio', change: 0.1 },
  outbox: { unit: 'count', change: 200 },
  certificate: { unit: 'seconds', change: Number.POSITIVE_INFINITY },
  ups_battery: { unit: 'ratio', change: 0.1 },
  ups_on_mains: { unit: 'state', change: 1 },
} as const satisfies Readonly<Record<string, Metric>>

export type MetricName = keyof typeof vitals

/** Every metric's name, in the order in which packed rows hold them: only ever added to at the end. */
export const metricNames = Object.keys(vitals) as readonly MetricName[]

/** Whether a name is that of a metric. */
export const isMetricName = (name: string): name is MetricName => Object.hasOwn(vitals, name)
