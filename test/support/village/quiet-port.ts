import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A free port below those that Linux gives to outgoing connections (from 32768): nobody takes it while its server is
 * down, and no connection to it meets itself.
 */
export const quietPort = async (): Promise<number> => {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000)
    const server = createServer().listen(port, '127.0.0.1')
    const taken = once(server, 'error').then(() => true)
    if (await Promise.race([taken, once(server, 'listening').then(() => false)])) continue
    taken.catch(() => undefined)
    server.close()
    await once(server, 'close')
    return port
  }
}
