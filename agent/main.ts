import { fileURLToPath } from 'node:url'
import { openSupervisor } from '../provisioning/supervisor.ts'
import { createAgent } from './agent.ts'
import { loadConfig } from './config.ts'
import { createLogger, createLogRing } from './health/log.ts'
import { feedWatchdog } from './health/watchdog.ts'
import { restartMachine } from './machine.ts'

/** With this status (EX_TEMPFAIL of sysexits.h) the agent asks its supervisor for a new start. */
const restartStatus = 75

/** In a bundle the children are files of their own, beside this one. */
const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const bundled = import.meta.url.endsWith('.js')

const config = loadConfig(
  process.env,
  bundled
    ? {
        sane: beside('sane-child.js'),
        pages: beside('page-worker.js'),
        profiles: beside('firmware-profiles.json'),
        sheet: beside('sheet-child.js'),
        field: beside('field'),
      }
    : {},
)
const logs = createLogRing()
const logger = createLogger(config.logLevel, logs)

const supervisor = openSupervisor(process.env, logger)
const feeding = new AbortController()

let leaving = false
const leave = async (status: number, again: boolean | Promise<boolean>) => {
  if (leaving) return
  leaving = true
  process.exitCode = status
  supervisor.stopping()
  feeding.abort()
  try {
    await agent.stop((await again) ? 'restart' : 'shutdown')
    process.exit()
  } catch (error) {
    logger.fatal({ error }, 'the agent did not stop well')
    process.exit(1)
  }
}
const agent = createAgent(config, {
  logger,
  logs,
  restart(what) {
    if (what === 'machine') restartMachine(config.rebootCommand, logger)
    void leave(restartStatus, true)
  },
})
// Never `once`: libraries that watch signals kill the process when nobody else seems to listen any more.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => void leave(0, supervisor.restarts('avyl-agent.service')))
}
process.on('uncaughtException', (error) => {
  logger.fatal({ error }, 'the agent met a fault that nobody caught')
  process.exit(1)
})
await agent.start()
supervisor.ready()
await feedWatchdog({ supervisor, loops: agent.loops, logger }, feeding.signal)
