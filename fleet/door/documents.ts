import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { readRange } from '../api/byte-range.ts'
import type { FleetArtefacts } from '../artefacts/artefacts.ts'
import { DoorRefusal } from './answer.ts'

/** Whether a terminal may read a document: some command of its own that is not over names it. */
export type ReadRight = (device: string, id: string) => boolean | Promise<boolean>

/**
 * Gives out documents: `GET /documents/<id>`, also in parts (RFC 9110 14). What a terminal may not read does not exist
 * for it. `Repr-Digest` (RFC 9530) is the SHA-256 of the whole.
 */
export const documentDownloads =
  (artefacts: Pick<FleetArtefacts, 'find' | 'read'>, mayRead: ReadRight) =>
  async (device: string, id: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const row = (await mayRead(device, id)) ? await artefacts.find(id) : undefined
    if (!row) throw new DoorRefusal(404, 'There is no such document')
    const range = readRange(request.headers.range, row.bytes)
    if (range === 'outside') {
      response.writeHead(416, { 'content-range': `bytes */${row.bytes}` }).end()
      return
    }
    const bytes = await artefacts.read(row, 'original', range)
    // A terminal that left meanwhile is no fault; the file must not stay open for it.
    if (response.destroyed) return void bytes.destroy()
    const { first, last } = range ?? { first: 0, last: row.bytes - 1 }
    response.writeHead(range ? 206 : 200, {
      'content-type': row.media_type,
      'content-length': last - first + 1,
      'accept-ranges': 'bytes',
      'repr-digest': `sha-256=:${Buffer.from(row.sha256, 'hex').toString('base64')}:`,
      ...(range && { 'content-range': `bytes ${first}-${last}/${row.bytes}` }),
    })
    await pipeline(bytes, response)
  }
