import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { openSupervisor } from '../provisioning/supervisor.ts'
import { readConfig } from './config.ts'
import { createFleet } from './fleet.ts'

const settings = readConfig(process.env)
const pages = join(import.meta.dirname, 'web', 'dist')
const log = pino({ level: settings.logLevel })
const supervisor = openSupervisor(process.env, log)
const fleet = createFleet(existsSync(pages) ? { ...settings, pages } : settings, log)

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

await fleet.start()
supervisor.ready()
log.info({ url: fleet.url, mqtt: fleet.mqttPort }, 'the fleet is ready')
