import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { documentDownloads } from '../../../fleet/door/documents.ts'
import type { ArtefactRow } from '../../../fleet/store/schema.ts'

const aDocument = suite('a document for a terminal')

aDocument('is closed again when the terminal left before its first byte', async () => {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  const bytes = Readable.from([Buffer.from('a letter')])
  const row = { bytes: 8, sha256: '00', media_type: 'application/pdf' } as ArtefactRow
  const read = async () => {
    response.destroy()
    return bytes
  }
  await documentDownloads({ find: async () => row, read }, () => true)('t1', 'd1', request, response)
  assert.is(bytes.destroyed, true)
})

aDocument.run()
