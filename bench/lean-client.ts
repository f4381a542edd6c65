import { Agent, type IncomingMessage, request } from 'node:http'
import { createParser } from 'eventsource-parser'

/**
 * The least that a program needs to speak to the API: one kept connection for requests and one for live events. `fetch`
 * costs about as much as the whole round trip that is measured with this.
 */
export class LeanClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>
  #events: IncomingMessage | undefined

  constructor(url: string, token: string) {
    this.#url = `${url}/api/v1`
    this.#headers = { authorization: `Bearer ${token}` }
  }

  /** Posts JSON and gives the JSON of the answer. */
  post(path: string, body: unknown): Promise<unknown> {
    const headers = { ...this.#headers, 'content-type': 'application/json' }
    return new Promise((answered, failed) => {
      const sent = request(
        this.#url + path,
        { method: 'POST', agent: this.#agent, headers },
        async (answer) => {
          let text = ''
          for await (const piece of answer.setEncoding('utf8')) text += piece
          if (answer.statusCode === 202) answered(JSON.parse(text))
          else failed(new Error(`HTTP ${answer.statusCode}`))
        },
      )
      sent.on('error', failed)
      sent.end(JSON.stringify(body))
    })
  }

  /** Hears the live events at a path; resolves when the fleet has begun to tell them. */
  listen(path: string, heard: (event: string, data: unknown) => void): Promise<void> {
    return new Promise((listening, failed) => {
      const sent = request(this.#url + path, { headers: this.#headers, agent: false }, (answer) => {
        this.#events = answer
        const parser = createParser({
          onEvent: ({ event = 'message', data }) => heard(event, JSON.parse(data)),
        })
        answer.setEncoding('utf8').on('data', (text: string) => parser.feed(text))
        answer.on('error', () => undefined)
        listening()
      })
      sent.on('error', failed)
      sent.end()
    })
  }

  close(): void {
    this.#events?.destroy()
    this.#agent.destroy()
  }
}
