import { useEffect, useRef } from 'preact/hooks'
import type { Command } from '../../api/schemas.ts'
import { faultOf, problemText, reasonText } from '../i18n/faults.ts'
import { useExpert } from './context.ts'
import { nameOfDocument } from './document-name.ts'
import { CloseIcon } from './icons.tsx'
import { commandOf, isRunning, type Work } from './state.ts'
import { outcomeText, stepText, workText } from './work-text.ts'

interface Parts {
  readonly terminal: string
  readonly work: Work
}

const Running = ({ terminal, work }: Parts) => {
  const { state, t, acts } = useExpert()
  const command = commandOf(state, work)
  const progress = command?.progress
  const percent = work.cancelling ? undefined : progress?.percent
  const reasons = progress?.reasons ?? []
  const text = workText(t, work, command)
  return (
    <div class="work">
      <div class="grow">
        <span class="small">{text}</span>
        <span class="unseen" role="status">
          {progress === undefined || work.cancelling ? text : stepText(t, progress)}
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

const Fault = ({ command }: { command: Command }) => {
  const { t } = useExpert()
  const fault = faultOf(t, command)
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

const Saved = ({ terminal, document }: { terminal: string; document: string }) => {
  const { state, t, api } = useExpert()
  const name = nameOfDocument(state.terminals?.[terminal]?.village)
  return (
    <>
      <span class="state good">{t('save.done')}</span>
      <a class="button" href={api.artefactUrl(document)} download={name}>
        {t('save.again')}
      </a>
    </>
  )
}

type Tone = 'good' | 'quiet' | 'warn' | 'bad'

const toneOf = (work: Work, command: Command | undefined): Tone => {
  if (work.stage === 'saved' || command?.state === 'succeeded') return 'good'
  if (command?.state === 'cancelled') return 'quiet'
  return command?.state === 'unknown' ? 'warn' : 'bad'
}

/** What came of a work; the button that began it begins it again. */
const Ended = ({ terminal, work }: Parts) => {
  const { state, t, dispatch } = useExpert()
  const command = commandOf(state, work)
  const tone = toneOf(work, command)
  return (
    <div class={`notice ${tone}`} role={tone === 'good' || tone === 'quiet' ? 'status' : 'alert'}>
      <div class="grow">
        {work.problem !== undefined && <p>{problemText(t, work.problem)}</p>}
        {work.document !== undefined && <Saved terminal={terminal} document={work.document} />}
        {tone === 'good' && command !== undefined && (
          <span class="state good">{outcomeText(t, command)}</span>
        )}
        {tone === 'quiet' && <span class="state quiet">{t('command.state.cancelled')}</span>}
        {(tone === 'bad' || tone === 'warn') && command !== undefined && <Fault command={command} />}
      </div>
      <button
        type="button"
        class="plain icon"
        aria-label={t('close')}
        title={t('close')}
        onClick={() => dispatch({ type: 'work-dismissed', terminal, key: work.key })}
      >
        <CloseIcon />
      </button>
    </div>
  )
}

/** One work from the press of the button on: how far it is with its Cancel, then what came of it. */
export const WorkStatus = ({ terminal, work }: Parts) => {
  const { state } = useExpert()
  const place = useRef<HTMLDivElement>(null)
  const running = isRunning(state, work)
  useEffect(() => {
    if (place.current !== null && running !== undefined) place.current.scrollIntoView({ block: 'nearest' })
  }, [running])
  return (
    <div ref={place} class="status">
      {running ? <Running terminal={terminal} work={work} /> : <Ended terminal={terminal} work={work} />}
    </div>
  )
}
