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

/** Why the API did not do what it was asked; `unreachable` when it gave no answer at all. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly code: ProblemCode | 'unreachable'

  constructor(code: ProblemCode | 'unreachable', text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** Who is signed in. */
export interface Session {
  readonly user: string
  readonly role: string
}

/** Where the API is and what every request carries. */
export interface ApiOptions {
  /** Begins every address; empty in a page of the same host. */
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
}

const problemOf = async (response: Response): Promise<ApiProblem> => {
  const problem = (await response.json().catch(() => undefined)) as Partial<Problem> | undefined
  const code = problem?.code ?? (response.status === 401 ? 'not-signed-in' : 'internal')
  return new ApiProblem(code, problem?.detail ?? problem?.title ?? `HTTP ${response.status}`)
}

/** The HTTP API as functions. Every one throws `ApiProblem` only. */
export const createApi = ({ url = '', headers = {} }: ApiOptions = {}) => {
  const root = `${url}/api/v1`

  const send = async (method: string, path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(root + path, {
      ...init,
      method,
      headers: { ...headers, ...(init.headers as Record<string, string> | undefined) },
    }).catch((cause: unknown) => {
      throw new ApiProblem('unreachable', 'The server does not answer', cause)
    })
    if (!response.ok) throw await problemOf(response)
    return response
  }
  const read = async <T>(response: Promise<Response>): Promise<T> => {
    const answered = await response
    return (await answered.json().catch((cause: unknown) => {
      throw new ApiProblem('unreachable', 'The answer broke off', cause)
    })) as T
  }
  const json = (body: unknown): RequestInit => ({
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  const at = (id: string): string => encodeURIComponent(id)

  return {
    send,
    session: () => read<Session>(send('GET', '/session')),
    signIn: (user: string, password: string) =>
      read<Session>(send('POST', '/session', json({ user, password }))),
    signOut: async () => void (await send('DELETE', '/session')),
    terminals: () => read<readonly Terminal[]>(send('GET', '/terminals')),
    terminal: (id: string) => read<Terminal>(send('GET', `/terminals/${at(id)}`)),
    start: (terminal: string, request: CommandRequest) =>
      read<Pick<Command, 'id' | 'state'>>(send('POST', `/terminals/${at(terminal)}/commands`, json(request))),
    command: (id: string) => read<Command>(send('GET', `/commands/${at(id)}`)),
    cancel: async (id: string) => void (await send('DELETE', `/commands/${at(id)}`)),
    upload: (body: NonNullable<RequestInit['body']>, mediaType: string) =>
      read<Artefact>(send('POST', '/documents', { body, headers: { 'content-type': mediaType } })),
    compose: (composition: Composition) =>
      read<Artefact>(send('POST', '/documents/from-pages', json(composition))),
    artefactsOf: (command: string) =>
      read<readonly Artefact[]>(send('GET', `/artefacts?command=${at(command)}`)),
    erase: async (artefact: string) => void (await send('DELETE', `/artefacts/${at(artefact)}`)),
    signingKeys: () => read<readonly SigningKeyNews[]>(send('GET', '/signing-keys')),
    rotateSigningKey: (rotation: { readonly afterMs?: number }) =>
      read<SigningKeyNews>(send('POST', '/signing-keys/rotate', json(rotation))),
    revokeSigningKey: async (id: string) => void (await send('DELETE', `/signing-keys/${at(id)}`)),
    artefactUrl: (id: string) => `${root}/artefacts/${at(id)}`,
    previewUrl: (id: string) => `${root}/artefacts/${at(id)}/preview`,
    commandEventsUrl: (id: string) => `${root}/commands/${at(id)}/events`,
    eventsUrl: `${root}/events`,
  } as const
}

export type Api = ReturnType<typeof createApi>
