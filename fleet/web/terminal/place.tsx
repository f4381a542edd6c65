import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Command, Terminal } from '../../api/schemas.ts'
import { type Permission, permissionsOf } from '../../auth/permissions.ts'
import { type Api, ApiProblem, type Session } from '../api.ts'
import { isNews } from '../expert/state.ts'
import { healthApi } from '../health-api.ts'
import { problemText } from '../i18n/faults.ts'
import type { Language } from '../i18n/texts.ts'
import { createLiveEvents, type Link } from '../live-events.ts'
import { PageHeader } from '../page-header.tsx'
import { TerminalContext, type TerminalPage } from './context.ts'
import { Desk } from './desk.tsx'
import { rangeOf, type View } from './range.ts'
import type { TerminalTranslate } from './texts.ts'
import { useWorks } from './works.ts'

interface Parts {
  readonly api: Api
  readonly id: string
  readonly session: Session
  readonly language: Language
  readonly choose: (language: Language) => void
  readonly t: TerminalTranslate
  readonly signOut: () => Promise<void>
  /** The session has ended by itself. */
  readonly signedOut: () => void
}

const keptCommands = 500
const beatMs = 30_000
/** What comes within this time is looked at once. */
const gatherMs = 250

const byId = (commands: readonly Command[]): Record<string, Command> =>
  Object.fromEntries(commands.map((command) => [command.id, command]))

const withCommand = (known: Readonly<Record<string, Command>>, command: Command) =>
  isNews(known[command.id], command) ? { ...known, [command.id]: command } : known

/** One terminal, followed as it changes, with all that the page says of it. */
export const Place = ({ api, id, session, language, choose, t, signOut, signedOut }: Parts) => {
  const health = useMemo(() => healthApi(api), [api])
  const [terminal, setTerminal] = useState<Terminal | undefined>()
  const [commands, setCommands] = useState<Readonly<Record<string, Command>>>({})
  const [link, setLink] = useState<Link>('connecting')
  const [wrong, setWrong] = useState<string | undefined>()
  const [changes, setChanges] = useState(0)
  const [now, setNow] = useState(Date.now)
  const [view, look] = useState<View>({ span: 'day' })
  const texts = useRef(t)
  texts.current = t

  const explain = (problem: unknown): string => {
    const code = problem instanceof ApiProblem ? problem.code : 'internal'
    if (code === 'not-signed-in') signedOut()
    return problemText(texts.current, code)
  }
  const refresh = (): void => {
    setNow(Date.now())
    setChanges((count) => count + 1)
  }
  const heard = (command: Command): void => {
    if (command.terminal !== id) return
    setCommands((known) => withCommand(known, command))
    // The timeline reaches to the newest command.
    setNow((before) => Math.max(before, command.issuedAt + 1))
  }
  const works = useWorks({ api, terminal: id, explain, heard })

  useEffect(() => {
    let gathering: ReturnType<typeof setTimeout> | undefined
    const changed = (): void => {
      gathering ??= setTimeout(() => {
        gathering = undefined
        refresh()
      }, gatherMs)
    }
    const mine = (body: unknown): body is Terminal => (body as Terminal).id === id
    const live = createLiveEvents({
      api,
      heard: {
        terminal: (body) => {
          if (!mine(body)) return
          setTerminal(body)
          changed()
        },
        command: (body) => heard(body as Command),
        configuration: (body) => {
          if ((body as { readonly terminal: string }).terminal === id) changed()
        },
      },
      catchUp: async () => {
        try {
          setTerminal(await api.terminal(id))
          const query = `/terminals/${encodeURIComponent(id)}/commands?limit=${keptCommands}`
          const newest = (await (await api.send('GET', query)).json()) as readonly Command[]
          setCommands((known) => Object.values(byId(newest)).reduce(withCommand, known))
          setWrong(undefined)
          changed()
        } catch (problem) {
          setWrong(explain(problem))
          // A terminal that is not there leaves the line as it is.
          if (!(problem instanceof ApiProblem) || problem.code === 'unreachable') throw problem
        }
      },
      linked: setLink,
      signedOut,
    })
    const beat = setInterval(() => setNow(Date.now()), beatMs)
    live.start()
    return () => {
      live.stop()
      clearTimeout(gathering)
      clearInterval(beat)
    }
  }, [id])
  const name = terminal?.village || id
  useEffect(() => {
    document.title = t('terminal.title', { name })
  }, [name, language])

  const may = (permission: Permission): boolean =>
    permissionsOf(session.role as Parameters<typeof permissionsOf>[0]).includes(permission)
  const newestFirst = useMemo(
    () => Object.values(commands).toSorted((a, b) => b.issuedAt - a.issuedAt),
    [commands],
  )
  const page = (one: Terminal): TerminalPage => ({
    ...{ api, health, language, t, may, works, now, view, look, changes, refresh, explain },
    terminal: one,
    commands: newestFirst,
    range: rangeOf(view, now),
  })
  return (
    <div class={link === 'lost' ? 'terminal-page stale' : 'terminal-page'}>
      <PageHeader
        {...{ t, link, language, choose, signOut }}
        start={
          <>
            {may('incidents.read') && (
              <a class="button" href="./ops.html#fleet">
                {t('terminal.list')}
              </a>
            )}
            <span class="small">{session.user}</span>
          </>
        }
      />
      {terminal === undefined ? (
        <main class="empty">
          <p>{id === '' ? t('terminal.none') : (wrong ?? t('loading'))}</p>
        </main>
      ) : (
        <TerminalContext.Provider value={page(terminal)}>
          <Desk />
        </TerminalContext.Provider>
      )}
    </div>
  )
}
