import type { Server, ServerResponse } from 'node:http'

/**
 * Watches over the answers of a server. The function it gives is called when the server closes: it cuts every
 * connection as soon as no answer is due any more, or when the patience (milliseconds) is over. Node itself waits for
 * connections on which nothing was ever asked until they run into a timeout.
 */
export const watchAnswers = (server: Server, patienceMs: number): (() => void) => {
  let due = 0
  let closing = false
  const cut = () => {
    if (closing && due === 0) server.closeAllConnections()
  }
  server.on('request', (_request, response: ServerResponse) => {
    due += 1
    response.once('close', () => {
      due -= 1
      cut()
    })
  })
  return () => {
    closing = true
    cut()
    setTimeout(() => server.closeAllConnections(), patienceMs).unref()
  }
}
