import type { CommandDefaults } from '../api/configuration-schemas.ts'
import type {
  Artefact,
  Command,
  CommandRequest,
  Composition,
  Problem,
  ProblemCode,
  SigningKeyNews,
  Terminal,
} from '../api/schemas.ts'
import { backgroundHeader } from '../auth/background.ts'

/** Why the API did not do what it was asked; `unreachable` when it gave no answer at all. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly code: ProblemCode | 'unreachable'
  /** What is wrong at which place of what was sent, where the API says it. */
  readonly errors: NonNullable<Problem['errors']>

  constructor(
    code: ProblemCode | 'unreachable',
    text: string,
    cause?: unknown,
    errors: NonNullable<Problem['errors']> = [],
  ) {
    super(text, cause === undefined ? undefined : { cause })
    this.code = code
    this.errors = errors
  }
}

/** Who is signed in. */
export interface Session {
  readonly user: string
  readonly role: string
  /** What comes before anything else: a new password, or setting up a second factor. */
  readonly owes?: string | null | undefined
}

/** Where the API is and what every request carries. */
export interface ApiOptions {
  /** Begins every address; empty in a page of the same host. */
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Whether a page asks now by itself, and nobody who sits there. */
  readonly isBackground?: () => boolean
}

/** Of a fleet that stops, or of the proxy in front of one that is away (RFC 9110 15.6.3 to 15.6.5): it may soon be back. */
const awayStatuses: readonly number[] = [502, 503, 504]

const problemOf = async (response: Response): Promise<ApiProblem> => {
  if (awayStatuses.includes(response.status)) {
    await response.body?.cancel().catch(() => undefined)
    return new ApiProblem('unreachable', `HTTP ${response.status}`)
  }
  const problem = (await response.json().catch(() => undefined)) as Partial<Problem> | undefined
  const code = problem?.code ?? (response.status === 401 ? 'not-signed-in' : 'internal')
  const text = problem?.detail ?? problem?.title ?? `HTTP ${response.status}`
  return new ApiProblem(code, text, undefined, problem?.errors)
}

/** The document in an answer. Throws `ApiProblem`. */
export const readJson = async <T>(response: Promise<Response>): Promise<T> => {
  const answered = await response
  return (await answered.json().catch((cause: unknown) => {
    throw new ApiProblem('unreachable', 'The answer broke off', cause)
  })) as T
}

/** A document as the body of a request. */
export const jsonBody = (body: unknown): RequestInit => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

/** The HTTP API as functions. Every one throws `ApiProblem` only. */
export const createApi = ({ url = '', headers = {}, isBackground = () => false }: ApiOptions = {}) => {
  const root = `${url}/api/v1`

  const send = async (method: string, path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(root + path, {
      ...init,
      method,
      headers: {
        ...headers,
        ...(isBackground() && { [backgroundHeader]: '1' }),
        ...(init.headers as Record<string, string> | undefined),
      },
    }).catch((cause: unknown) => {
      throw new ApiProblem('unreachable', 'The server does not answer', cause)
    })
    if (!response.ok) throw await problemOf(response)
    return response
  }
  const at = (id: string): string => encodeURIComponent(id)

  return {
    send,
    session: () => readJson<Session>(send('GET', '/session')),
    /** Resolves when the session is over, also where it was so before. */
    signOut: async () => {
      await send('DELETE', '/session').catch((problem: unknown) => {
        if (!(problem instanceof ApiProblem) || problem.code !== 'not-signed-in') throw problem
      })
    },
    terminals: () => readJson<readonly Terminal[]>(send('GET', '/terminals')),
    terminal: (id: string) => readJson<Terminal>(send('GET', `/terminals/${at(id)}`)),
    commandDefaults: (id: string) =>
      readJson<CommandDefaults>(send('GET', `/terminals/${at(id)}/command-defaults`)),
    start: (terminal: string, request: CommandRequest) =>
      readJson<Pick<Command, 'id' | 'state'>>(
        send('POST', `/terminals/${at(terminal)}/commands`, jsonBody(request)),
      ),
    command: (id: string) => readJson<Command>(send('GET', `/commands/${at(id)}`)),
    cancel: async (id: string) => void (await send('DELETE', `/commands/${at(id)}`)),
    upload: (body: NonNullable<RequestInit['body']>, mediaType: string) =>
      readJson<Artefact>(send('POST', '/documents', { body, headers: { 'content-type': mediaType } })),
    compose: (composition: Composition) =>
      readJson<Artefact>(send('POST', '/documents/from-pages', jsonBody(composition))),
    artefactsOf: (command: string) =>
      readJson<readonly Artefact[]>(send('GET', `/artefacts?command=${at(command)}`)),
    erase: async (artefact: string) => void (await send('DELETE', `/artefacts/${at(artefact)}`)),
    signingKeys: () => readJson<readonly SigningKeyNews[]>(send('GET', '/signing-keys')),
    rotateSigningKey: (rotation: { readonly afterMs?: number }) =>
      readJson<SigningKeyNews>(send('POST', '/signing-keys/rotate', jsonBody(rotation))),
    revokeSigningKey: async (id: string) => void (await send('DELETE', `/signing-keys/${at(id)}`)),
    artefactUrl: (id: string) => `${root}/artefacts/${at(id)}`,
    previewUrl: (id: string) => `${root}/artefacts/${at(id)}/preview`,
    commandEventsUrl: (id: string) => `${root}/commands/${at(id)}/events`,
    eventsUrl: `${root}/events`,
  } as const
}

export type Api = ReturnType<typeof createApi>
