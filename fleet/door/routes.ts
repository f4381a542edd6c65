import type { Logger } from 'pino'
import { door as paths } from '../../protocol/door.ts'
import { uuidPattern } from '../../protocol/envelope.ts'
import type { FleetArtefacts } from '../artefacts/artefacts.ts'
import type { Rate } from '../broker/rate-limit.ts'
import { ProblemError } from '../problem.ts'
import { answer, DoorRefusal } from './answer.ts'
import { documentDownloads, type ReadRight } from './documents.ts'
import type { DoorHandler } from './door.ts'
import { type BandListener, liveBands } from './live.ts'
import { type ProfileDoor, profileDoor } from './profiles.ts'
import type { Uploads } from './uploads.ts'

/** What the HTTP half of the terminals' door leads to. */
export interface DoorRoutes {
  readonly uploads: Pick<Uploads, 'handle'>
  readonly artefacts: Pick<FleetArtefacts, 'find' | 'read'>
  readonly mayRead: ReadRight
  readonly onBand: BandListener
  readonly profiles: ProfileDoor
  /** Bands of one terminal. */
  readonly bandRate?: Rate
  readonly log: Logger
}

const documentPath = new RegExp(`^/documents/(${uuidPattern.slice(1, -1)})$`)

const statuses: Readonly<Partial<Record<string, number>>> = {
  erased: 410,
  'not-ready': 425,
  'not-found': 404,
}

const statusOf = (thrown: unknown): number => {
  if (thrown instanceof DoorRefusal) return thrown.status
  return (thrown instanceof ProblemError && statuses[thrown.code]) || 500
}

/** Answers the HTTP requests of terminals that may work: uploads, live bands, documents. */
export const doorRoutes = (routes: DoorRoutes): DoorHandler => {
  const { uploads, artefacts, mayRead, onBand, log } = routes
  const bands = liveBands(onBand, routes.bandRate)
  const documents = documentDownloads(artefacts, mayRead)
  const profiles = profileDoor(routes.profiles)

  return ({ device }, request, response) => {
    const act = async (): Promise<void> => {
      const { method } = request
      const target = URL.parse(request.url ?? '', 'https://door')
      if (!target) throw new DoorRefusal(400, 'Not a path')
      if (`${target.pathname}/`.startsWith(`${paths.uploads}/`)) {
        return uploads.handle(device, target, request, response)
      }
      if (method === 'PUT' && target.pathname.startsWith('/live/'))
        return bands(device, target, request, response)
      const [, document] = documentPath.exec(target.pathname) ?? []
      if (method === 'GET' && document !== undefined) return documents(device, document, request, response)
      const aboutProfiles = profiles(device, target, request, response)
      if (aboutProfiles) return aboutProfiles
      throw new DoorRefusal(404, 'There is no such thing')
    }
    act().catch((thrown: unknown) => {
      const status = statusOf(thrown)
      if (status === 500) log.error({ device, err: thrown }, 'a request of a terminal failed')
      if (response.headersSent) {
        response.destroy()
        return
      }
      // What is left of a refused body is not waited for.
      if (!request.complete) response.setHeader('connection', 'close')
      answer(response, status, thrown instanceof Error && status !== 500 ? thrown.message : '')
      request.resume()
    })
  }
}
