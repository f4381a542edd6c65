import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { openSupervisor } from '../provisioning/supervisor.ts'
import { readConfig } from './config.ts'
import { createFleet } from './fleet.ts'
import { StartRefused } from './start-refused.ts'

const settings = readConfig(process.env)
/** In a bundle everything lies beside this file. */
const beside = (name: string) => new URL(name, import.meta.url)
const bundled = import.meta.url.endsWith('.js')
const pages = fileURLToPath(beside(bundled ? 'pages' : 'web/dist'))
const parts = {
  telemetryThread: beside('telemetry-thread.js'),
  pageWorker: beside('page-worker.js'),
  profiles: fileURLToPath(beside('firmware-profiles')),
}
const log = pino({ level: settings.logLevel })
const supervisor = openSupervisor(process.env, log)
const end = ({ message }: StartRefused): never => {
  log.fatal(message)
  process.exit(1)
}
const fleet = createFleet(
  { ...settings, ...(existsSync(pages) && { pages }), ...(bundled && { parts }) },
  log,
  end,
)

const stop = (signal: string) => {
  log.info({ signal }, 'the fleet stops')
  supervisor.stopping()
  fleet.stop().catch((error: unknown) => {
    log.fatal({ err: error }, 'the fleet did not stop as it should')
    process.exitCode = 1
  })
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)

try {
  await fleet.start()
  supervisor.ready()
  log.info({ url: fleet.url, mqtt: fleet.mqttPort }, 'the fleet is ready')
} catch (thrown) {
  if (!(thrown instanceof StartRefused)) throw thrown
  end(thrown)
}
