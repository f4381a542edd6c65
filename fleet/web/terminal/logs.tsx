import { useEffect, useRef, useState } from 'preact/hooks'
import { type LogLevel, logLevels } from '../../../protocol/capabilities/terminal.ts'
import { fieldOf, onSubmit } from '../account/form.ts'
import { clockText } from '../clock-text.ts'
import { isAvailable } from '../expert/terminal-state.ts'
import { locales } from '../i18n/texts.ts'
import { ActionStatus } from './action-status.tsx'
import { useTerminal } from './context.ts'
import { type LogTail, useLogTail } from './log-tail.ts'

const lengths = [60, 300, 600] as const

const Lines = ({ lines }: Pick<LogTail, 'lines'>) => {
  const { t, language } = useTerminal()
  const place = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const clock = new Intl.DateTimeFormat(locales[language], { timeStyle: 'medium' })
  useEffect(() => {
    if (place.current !== null && atEnd.current) place.current.scrollTop = place.current.scrollHeight
  }, [lines])
  const scrolled = (): void => {
    const { current } = place
    if (current !== null) {
      atEnd.current = current.scrollTop + current.clientHeight > current.scrollHeight - 24
    }
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <div ref={place} class="log" role="log" tabIndex={0} aria-label={t('logs.title')} onScroll={scrolled}>
      {lines.map(({ number, at, level, text }) => (
        <p key={number} class={level ?? ''}>
          {at !== undefined && <span class="time">{clock.format(at)} </span>}
          {level !== undefined && <b>{t(`level.${level}`)} </b>}
          {text}
        </p>
      ))}
    </div>
  )
}

/** The terminal's log as it is written. */
export const Logs = () => {
  const { t, language, terminal, works } = useTerminal()
  const tail = useLogTail()
  const [wanted, want] = useState('')
  const there = isAvailable(terminal)
  const start = (form: FormData): void =>
    tail.start(Number(fieldOf(form, 'seconds')), fieldOf(form, 'level') as LogLevel)
  const lines = tail.lines.filter(({ text }) => text.toLowerCase().includes(wanted.trim().toLowerCase()))
  const asked = works.of('logs') !== undefined
  return (
    <section class="card panel logs" aria-labelledby="logs-title">
      <h2 id="logs-title">{t('logs.title')}</h2>
      <form class="row wraps" onSubmit={onSubmit(start)}>
        <label class="row">
          <span class="small">{t('logs.level')}</span>
          <select class="text" name="level" disabled={tail.running}>
            {logLevels.map((level) => (
              <option key={level} value={level} selected={level === 'info'}>
                {t(`level.${level}.from`)}
              </option>
            ))}
          </select>
        </label>
        <label class="row">
          <span class="small">{t('logs.length')}</span>
          <select class="text" name="seconds" disabled={tail.running}>
            {lengths.map((seconds) => (
              <option key={seconds} value={seconds}>
                {t('time.minutes', { value: seconds / 60 })}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" data-action="logs" disabled={!there || tail.running}>
          {t('logs.start')}
        </button>
        {tail.lines.length > 0 && (
          <input
            class="text grow"
            type="search"
            placeholder={t('logs.find')}
            aria-label={t('logs.find')}
            value={wanted}
            onInput={(event) => want(event.currentTarget.value)}
          />
        )}
      </form>
      {!asked && <p class="small">{t(there ? 'logs.hint' : 'actions.away')}</p>}
      {tail.running && tail.lines.length === 0 && <p class="small">{t('logs.waiting')}</p>}
      {tail.lines.length > 0 && <Lines lines={lines} />}
      {tail.running && tail.until !== undefined && (
        <p class="small">{t('logs.until', { time: clockText(tail.until, language) })}</p>
      )}
      <ActionStatus name="logs" />
    </section>
  )
}
