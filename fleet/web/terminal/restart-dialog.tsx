import { Dialog } from '../account/dialog.tsx'
import { isOver } from '../expert/state.ts'
import type { Restart } from './actions.tsx'
import { commandName } from './command-name.ts'
import { useTerminal } from './context.ts'

interface Parts {
  readonly what: Restart
  readonly done: (confirmed: boolean) => void
}

/** Asks once more before something is interrupted, and says what that is. */
export const RestartDialog = ({ what, done }: Parts) => {
  const { t, commands } = useTerminal()
  const running = commands.filter((command) => !isOver(command))
  return (
    <Dialog title={t(`confirm.${what}`)} close={() => done(false)}>
      <p>{t(`confirm.${what}.interrupts`)}</p>
      {running.length > 0 && (
        <p class="notice warn">
          {t('confirm.running', { list: running.map(({ name }) => commandName(t, name)).join(', ') })}
        </p>
      )}
      <div class="row">
        <button type="button" class="grow" onClick={() => done(false)}>
          {t('confirm.not')}
        </button>
        <button type="button" class="primary grow" data-action="confirm" onClick={() => done(true)}>
          {t(`confirm.${what}.do`)}
        </button>
      </div>
    </Dialog>
  )
}
