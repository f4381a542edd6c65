import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { readConfig } from '../fleet/config.ts'
import { StartRefused } from '../fleet/start-refused.ts'
import { startVillageRun } from './village-run.ts'

const config = {
  ...readConfig(process.env),
  pages: fileURLToPath(new URL('../fleet/web/dist', import.meta.url)),
}
/** An empty variable is as none, as for every other setting. */
const count = Number(process.env.AVYL_TERMINALS || 2)
if (!Number.isInteger(count) || count < 0 || count > 50) {
  console.error('AVYL_TERMINALS is a whole number from 0 to 50')
  process.exit(2)
}
const log = pino({ level: process.env.AVYL_LOG_LEVEL ?? 'warn' }, pino.destination(2))

const leaving = new AbortController()
const stopped = new Promise<void>((stop) => {
  leaving.signal.addEventListener('abort', () => stop(), { once: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => leaving.abort())
const run = await startVillageRun(config, count, log, leaving.signal).catch((thrown: unknown) => {
  // Who asks for the end in the middle of the start gets it, in good order.
  if (leaving.signal.aborted) process.exit(0)
  if (!(thrown instanceof StartRefused)) throw thrown
  console.error(thrown.message)
  process.exit(1)
})
const { url, terminals, logins } = run.file
console.log(`ready: ${url}`)
for (const [index, { id, village }] of terminals.entries()) {
  const panel = run.terminals[index]?.devices.panel
  console.log(`  ${id} (${village})${panel ? `, its virtual MFP: ${panel}` : ''}`)
}
console.log(`sign in as ${logins.expert.user} with ${logins.expert.password}; Ctrl-C ends everything`)
await stopped
await run.stop()
