import { maxBandBytes, door as paths } from '../../protocol/door.ts'
import type { LivePreview, PreviewBand } from '../artefacts/artefacts.ts'
import type { Door } from './https.ts'

/** How many bands wait: more would only show an old picture late. */
const maxWaiting = 16
const bandMs = 10_000

/** Sends bands one after another; when the line is too thin the oldest are dropped. */
export const createLivePreview = (door: Door, signal: AbortSignal): LivePreview => {
  const waiting: { readonly command: string; readonly band: PreviewBand }[] = []
  let sending = false

  const put = async (command: string, { page, top, width, height, pageHeight, jpeg }: PreviewBand) => {
    const query = new URLSearchParams({ width: `${width}`, height: `${height}` })
    if (pageHeight !== undefined) query.set('pageHeight', `${pageHeight}`)
    const answer = await door.ask({
      method: 'PUT',
      path: `${paths.band(command, page, top)}?${query}`,
      headers: { 'content-type': 'image/jpeg' },
      body: jpeg,
      signal: AbortSignal.any([signal, AbortSignal.timeout(bandMs)]),
    })
    for await (const _ of answer);
  }
  const send = async () => {
    sending = true
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
      // A band that is lost is a stripe missing in a picture that the whole page replaces soon.
      await put(next.command, next.band).catch(() => {})
    }
    sending = false
  }
  return {
    show(command, band) {
      if (signal.aborted || band.jpeg.length > maxBandBytes) return
      waiting.push({ command, band })
      if (waiting.length > maxWaiting) waiting.shift()
      if (!sending) void send()
    },
  }
}
