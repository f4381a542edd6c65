import type { ComponentChildren } from 'preact'
import type { SelfTestOutput } from '../../../protocol/capabilities/terminal.ts'
import type { Command } from '../../api/schemas.ts'
import { CloseIcon } from '../expert/icons.tsx'
import { isOver } from '../expert/state.ts'
import { commandText } from '../expert/work-text.ts'
import { faultOf } from '../i18n/faults.ts'
import { useTerminal } from './context.ts'
import { SelfTestResult } from './selftest-result.tsx'

/** How far it is, and the way to stop it. */
const Running = ({ name, command }: { readonly name: string; readonly command: Command | undefined }) => {
  const { t, works } = useTerminal()
  const cancelling = works.of(name)?.cancelling === true
  const text = cancelling
    ? t('cancelling')
    : command === undefined
      ? t('command.state.queued')
      : commandText(t, command)
  const percent = cancelling ? undefined : command?.progress?.percent
  return (
    <div class="work">
      <div class="grow">
        <span class="small" role="status">
          {text}
        </span>
        <progress aria-label={text} max={100} {...(percent !== undefined && { value: percent })} />
      </div>
      <button type="button" disabled={cancelling} onClick={() => void works.cancel(name)}>
        {t('cancel')}
      </button>
    </div>
  )
}

const Diagnostics = ({ bundle }: { readonly bundle: string }) => {
  const { t, api, terminal } = useTerminal()
  return (
    <>
      <span class="state good">{t('diagnostics.done')}</span>
      <a class="button" href={api.artefactUrl(bundle)} download={t('diagnostics.file', { id: terminal.id })}>
        {t('diagnostics.download')}
      </a>
    </>
  )
}

/** What a command that succeeded brought. */
const Result = ({ command }: { readonly command: Command }) => {
  const { t } = useTerminal()
  if (command.name === 'terminal.selftest')
    return <SelfTestResult result={command.result as SelfTestOutput} />
  if (command.name === 'terminal.diagnostics') {
    return <Diagnostics bundle={(command.result as { readonly bundle: string }).bundle} />
  }
  return <span class="state good">{t('confirm.done')}</span>
}

const Fault = ({ command }: { readonly command: Command }) => {
  const { t } = useTerminal()
  const fault = faultOf(t, command)
  return (
    <>
      <strong>{fault.what}</strong>
      <p>{fault.do}</p>
    </>
  )
}

interface NoticeParts {
  readonly tone: 'good' | 'quiet' | 'bad'
  readonly close: () => void
  readonly children: ComponentChildren
}

const Notice = ({ tone, close, children }: NoticeParts) => {
  const { t } = useTerminal()
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <div class="grow">{children}</div>
      <button type="button" class="plain icon" aria-label={t('close')} title={t('close')} onClick={close}>
        <CloseIcon />
      </button>
    </div>
  )
}

/** What became of something that was asked of the terminal, from the press of the button on. */
export const ActionStatus = ({ name }: { readonly name: string }) => {
  const { t, works, commands } = useTerminal()
  const work = works.of(name)
  if (work === undefined) return null
  const close = (): void => works.dismiss(name)
  if (work.problem !== undefined) {
    return (
      <Notice tone="bad" close={close}>
        {work.problem}
      </Notice>
    )
  }
  const command = commands.find(({ id }) => id === work.command)
  if (command === undefined || !isOver(command)) return <Running name={name} command={command} />
  if (command.state === 'succeeded') {
    const failed =
      command.name === 'terminal.selftest' && (command.result as SelfTestOutput | undefined)?.ok !== true
    return (
      <Notice tone={failed ? 'bad' : 'good'} close={close}>
        <Result command={command} />
      </Notice>
    )
  }
  return (
    <Notice tone={command.state === 'cancelled' ? 'quiet' : 'bad'} close={close}>
      {command.state === 'cancelled' ? (
        <span class="state quiet">{t('command.state.cancelled')}</span>
      ) : (
        <Fault command={command} />
      )}
    </Notice>
  )
}
