import type { openPeoplesDoor } from './people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

/** The password of everyone in these tests. */
export const password = 'a long password'

/** The host by which a browser comes, and its page. */
const here = { host: 'localhost:8080', origin: 'http://localhost:8080' }

/** Somebody at a browser: keeps the cookie, and says where the page is from. */
export class Visitor {
  cookie = ''
  readonly #app: Door['app']

  constructor({ app }: Door) {
    this.#app = app
  }

  async ask(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, payload?: object) {
    const answer = await this.#app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { ...here, cookie: `avyl_session=${this.cookie}`, 'user-agent': 'a browser' },
      ...(payload !== undefined && { payload }),
    })
    const set = answer.cookies.find(({ name }) => name === 'avyl_session')
    if (set !== undefined) this.cookie = set.value
    return answer
  }

  async code(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, payload?: object) {
    const answer = await this.ask(method, path, payload)
    return answer.statusCode < 400 ? String(answer.statusCode) : String(answer.json().code)
  }

  signIn(user: string, secret = password) {
    return this.ask('POST', '/session', { user, password: secret })
  }
}
