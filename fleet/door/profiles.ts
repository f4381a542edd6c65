import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { maxDescriptionBytes } from '../../protocol/device-description.ts'
import { ProblemError } from '../problem.ts'
import type { DeviceDescriptions } from '../profiles/descriptions.ts'
import type { Profiles } from '../profiles/profiles.ts'
import { answer, DoorRefusal, readBody } from './answer.ts'

/** What terminals fetch and bring about firmware profiles. */
export interface ProfileDoor {
  readonly profiles: Pick<Profiles, 'packed'>
  readonly descriptions: Pick<DeviceDescriptions, 'keep'>
}

const maxPackedBytes = 64 * 1024
const path = /^\/(profiles|device-descriptions)\/([0-9a-f]{64})$/

const unpack = async (packed: Buffer): Promise<Buffer> => {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: maxDescriptionBytes })
  } catch (cause) {
    throw new DoorRefusal(400, 'The description cannot be unpacked', { cause })
  }
}

/**
 * Answers `GET /profiles/<sha256>` and `PUT /device-descriptions/<sha256>`; `undefined` for any other request. What a
 * terminal brings is bounded before and after it is unpacked, and must have the hash that it is named by.
 */
export const profileDoor =
  ({ profiles, descriptions }: ProfileDoor) =>
  (
    device: string,
    target: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> | undefined => {
    const [, what, sha256 = ''] = path.exec(target.pathname) ?? []
    if (what === 'profiles' && request.method === 'GET') return sendEdition(sha256, response)
    if (what === 'device-descriptions' && request.method === 'PUT') return keep()
    return undefined

    async function sendEdition(name: string, to: ServerResponse): Promise<void> {
      const packed = await profiles.packed(name)
      if (!packed) throw new DoorRefusal(404, 'There is no such edition')
      to.writeHead(200, { 'content-type': 'application/gzip', 'content-length': packed.length }).end(packed)
    }
    async function keep(): Promise<void> {
      const text = await unpack(await readBody(request, maxPackedBytes))
      if (createHash('sha256').update(text).digest('hex') !== sha256) {
        throw new DoorRefusal(400, 'The description is not the one that it is named')
      }
      try {
        await descriptions.keep(device, sha256, text.toString('utf8'))
      } catch (thrown) {
        if (thrown instanceof ProblemError) throw new DoorRefusal(400, thrown.message, { cause: thrown })
        throw thrown
      }
      answer(response, 204)
    }
  }
