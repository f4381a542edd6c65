import { appendFileSync } from 'node:fs'
import { openDoor } from './terminals-door.ts'

/**
 * A broker that is to be killed: it appends one line to the file named by its first argument for each message before
 * it acknowledges that, and tells its parent how to come in.
 */
const file = process.argv[2] ?? ''
const opened = await openDoor({
  message: async (_device, message) => {
    await new Promise((resolve) => setImmediate(resolve))
    appendFileSync(file, `${Buffer.from(message.payload)}\n`)
  },
})
process.send?.({ port: opened.door.port, terminal: await opened.authority.issueTerminal('kazan-7') })
