import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { Api } from '../fleet/web/api.ts'

/** One server-sent event of the fleet; `data` is what its JSON held. */
export interface LiveEvent {
  readonly event: string
  readonly data: unknown
}

/** Larger than any event: bands of a picture ride along. */
const maxEventCharacters = 1024 * 1024

/**
 * The live events at a path of the API. Resolves when the fleet listens to us, so that nothing that happens from then
 * on is missed; leaving the iteration ends the stream. Heartbeats are left out.
 */
export const openEvents = async (
  api: Api,
  path: string,
  signal?: AbortSignal,
): Promise<AsyncIterable<LiveEvent>> => {
  const response = await api.send('GET', path, signal ? { signal } : {})
  if (!response.body) throw new Error('The fleet gives no live events')
  const events = response.body
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: maxEventCharacters }))
  return (async function* () {
    for await (const { event = 'message', data } of events) {
      if (event !== 'beat') yield { event, data: JSON.parse(data) as unknown }
    }
  })()
}
