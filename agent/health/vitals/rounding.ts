import { isMetricName, type MetricName } from '../../../protocol/vitals.ts'
import type { Values } from './reader.ts'

const mebibyte = 1024 * 1024

/** The smallest difference that anybody wants to see, in the unit of the metric. */
const steps: Readonly<Record<MetricName, number>> = {
  cpu: 0.01,
  memory: 0.01,
  disk: 0.01,
  disk_free: mebibyte,
  disk_wear: 0.1,
  temperature: 1,
  uptime: 1,
  network_rtt: 0.001,
  network_loss: 0.001,
  network_received: 1,
  network_sent: 1,
  network_signal: 1,
  clock_offset: 0.1,
  agent_memory: mebibyte,
  agent_delay: 0.001,
  camera: 1,
  kiosk: 1,
  scanner: 1,
  printer: 1,
  printer_pages: 1,
  printer_supply: 0.01,
  printer_paper: 0.01,
  outbox: 1,
  certificate: 3600,
  ups_battery: 0.01,
  ups_on_mains: 1,
}

/** A number in steps; those below 1 are divided by, since 0.1 · 3 is not 0.3. */
const inSteps = (value: number, step: number): number =>
  step < 1 ? Math.round(value / step) / Math.round(1 / step) : Math.round(value / step) * step

/** The values in useful digits: fewer bytes for the line, and what did not move looks like it. */
export const rounded = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      // Negative zero is zero.
      isMetricName(name) ? [[name, inSteps(value, steps[name]) + 0]] : [],
    ),
  )
