import { useState } from 'preact/hooks'
import { isAvailable } from '../expert/terminal-state.ts'
import { ActionStatus } from './action-status.tsx'
import { useTerminal } from './context.ts'
import { RestartDialog } from './restart-dialog.tsx'
import type { TerminalTextKey } from './texts.ts'
import { goesOn } from './works.ts'

/** What can be restarted, as the command names it. */
export type Restart = 'agent' | 'kiosk' | 'machine'

interface Action {
  readonly name: string
  readonly command: string
  readonly input: object
  readonly text: TerminalTextKey
  readonly about: TerminalTextKey
  /** It interrupts something, so it is asked once more. */
  readonly restart?: Restart
  /** Only for whoever may read its file. */
  readonly file?: boolean
}

const actions: readonly Action[] = [
  {
    ...{ name: 'selftest', command: 'terminal.selftest', input: {} },
    ...{ text: 'action.selftest', about: 'action.selftest.about' },
  },
  {
    ...{ name: 'diagnostics', command: 'terminal.diagnostics', input: {}, file: true },
    ...{ text: 'action.diagnostics', about: 'action.diagnostics.about' },
  },
  {
    ...{ name: 'kiosk', command: 'terminal.restart', input: { what: 'kiosk' }, restart: 'kiosk' },
    ...{ text: 'action.kiosk', about: 'action.kiosk.about' },
  },
  {
    ...{ name: 'agent', command: 'terminal.restart', input: { what: 'agent' }, restart: 'agent' },
    ...{ text: 'action.agent', about: 'action.agent.about' },
  },
  {
    ...{ name: 'machine', command: 'terminal.restart', input: { what: 'machine' }, restart: 'machine' },
    ...{ text: 'action.machine', about: 'action.machine.about' },
  },
]

/** What can be asked of the terminal from afar. */
export const Actions = () => {
  const { t, terminal, may, works, commands } = useTerminal()
  const [confirming, confirm] = useState<Action | undefined>()
  const there = isAvailable(terminal)
  const start = ({ name, command, input }: Action): void => void works.run(name, command, input)
  const running = (name: string): boolean => {
    const work = works.of(name)
    return goesOn(
      work,
      commands.find(({ id }) => id === work?.command),
    )
  }
  return (
    <section class="card panel actions" aria-labelledby="actions-title">
      <h2 id="actions-title">{t('actions.title')}</h2>
      {!there && <p class="notice warn">{t('actions.away')}</p>}
      <ul class="entries">
        {actions
          .filter(({ file }) => file !== true || may('artefacts.read'))
          .map((action) => (
            <li key={action.name}>
              <div class="row">
                <p class="grow small" id={`about-${action.name}`}>
                  {t(action.about)}
                </p>
                <button
                  type="button"
                  data-action={action.name}
                  aria-describedby={`about-${action.name}`}
                  disabled={!there || running(action.name)}
                  onClick={() => (action.restart === undefined ? start(action) : confirm(action))}
                >
                  {t(action.text)}
                </button>
              </div>
              <ActionStatus name={action.name} />
            </li>
          ))}
      </ul>
      {confirming?.restart !== undefined && (
        <RestartDialog
          what={confirming.restart}
          done={(confirmed) => {
            confirm(undefined)
            if (confirmed) start(confirming)
          }}
        />
      )}
    </section>
  )
}
