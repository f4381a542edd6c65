import type { Command } from '../../api/schemas.ts'
import { faultText, problemText, reasonText } from '../i18n/faults.ts'
import { useExpert } from './context.ts'
import { nameOfDocument } from './download.ts'
import { commandOf, isRunning, type Work } from './state.ts'
import { outcomeText, workText } from './work-text.ts'

interface Parts {
  readonly terminal: string
  readonly work: Work
  readonly again: () => void
}

const Fault = ({ command }: { command: Command }) => {
  const { t } = useExpert()
  const code = command.error?.code ?? (command.state === 'unknown' ? 'unknown-outcome' : undefined)
  const fault = faultText(t, code ?? (command.state === 'expired' ? 'expired' : 'refused'), command.name)
  return (
    <>
      <strong>{fault.what}</strong>
      <p>
        <span class="unseen">{t('fault.safe')}: </span>
        {fault.safe}
      </p>
      <p>
        <b>{t('fault.do')}:</b> {fault.do}
      </p>
    </>
  )
}

const Running = ({ terminal, work }: Omit<Parts, 'again'>) => {
  const { state, t, acts } = useExpert()
  const command = commandOf(state, work)
  const percent = work.cancelling ? undefined : command?.progress?.percent
  const reasons = command?.progress?.reasons ?? []
  const text = workText(t, work, command)
  return (
    <div class="work">
      <div class="grow">
        <span class="small" role="status">
          {text}
        </span>
        <progress aria-label={text} max={100} {...(percent !== undefined && { value: percent })} />
      </div>
      <button type="button" disabled={work.cancelling} onClick={() => void acts.cancel(terminal, work)}>
        {t('cancel')}
      </button>
      {reasons.length > 0 && (
        <p class="notice warn" role="alert">
          {reasons.map((reason) => reasonText(t, reason)).join('. ')}
        </p>
      )}
    </div>
  )
}

/** One work from the press of the button on: how far it is with its Cancel, then what came of it. */
export const WorkStatus = ({ terminal, work, again }: Parts) => {
  const { state, t, dispatch, api } = useExpert()
  if (isRunning(state, work)) return <Running terminal={terminal} work={work} />
  const command = commandOf(state, work)
  const good = work.stage === 'saved' || command?.state === 'succeeded'
  const calm = good || command?.state === 'cancelled'
  return (
    <div
      class={`notice ${good ? 'good' : calm ? 'quiet' : command?.state === 'unknown' ? 'warn' : 'bad'}`}
      role={calm ? 'status' : 'alert'}
    >
      {work.problem !== undefined && <p>{problemText(t, work.problem)}</p>}
      {work.stage === 'saved' && <span class="state good">{t('save.done')}</span>}
      {command?.state === 'succeeded' && <span class="state good">{outcomeText(t, command)}</span>}
      {command?.state === 'cancelled' && <span class="state quiet">{t('command.state.cancelled')}</span>}
      {command !== undefined && !calm && <Fault command={command} />}
      <div class="row">
        {work.document !== undefined && (
          <a
            class="button"
            href={api.artefactUrl(work.document)}
            download={nameOfDocument(state.terminals?.[terminal]?.village)}
          >
            {t('save.again')}
          </a>
        )}
        {!calm && command?.state !== 'unknown' && command?.error?.retryable !== false && (
          <button type="button" onClick={again}>
            {t('retry')}
          </button>
        )}
        <button
          type="button"
          class={calm ? 'plain' : ''}
          onClick={() => dispatch({ type: 'work-dismissed', terminal, key: work.key })}
        >
          {t('close')}
        </button>
      </div>
    </div>
  )
}
