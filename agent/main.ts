import { createAgent } from './agent.ts'
import { loadConfig } from './config.ts'
import { createLogger, createLogRing } from './health/log.ts'
import { restartMachine } from './machine.ts'

/** With this status (EX_TEMPFAIL of sysexits.h) the agent asks its supervisor for a new start. */
const restartStatus = 75

const config = loadConfig()
const logs = createLogRing()
const logger = createLogger(config.logLevel, logs)

const leave = (status: number, reason: 'shutdown' | 'restart') => {
  process.exitCode = status
  agent.stop(reason).then(
    () => process.exit(),
    (error: unknown) => {
      logger.fatal({ error }, 'the agent did not stop well')
      process.exit(1)
    },
  )
}
const agent = createAgent(config, {
  logger,
  logs,
  restart(what) {
    if (what === 'machine') restartMachine(config.rebootCommand, logger)
    leave(restartStatus, 'restart')
  },
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => leave(0, 'shutdown'))
process.on('uncaughtException', (error) => {
  logger.fatal({ error }, 'the agent met a fault that nobody caught')
  process.exit(1)
})
await agent.start()
