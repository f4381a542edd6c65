import type { SelfTestOutput } from '../../../protocol/capabilities/terminal.ts'
import { useTerminal } from './context.ts'
import { thingText } from './event-text.ts'

/** What was checked, how it went, and what was seen. */
export const SelfTestResult = ({ result }: { readonly result: SelfTestOutput }) => {
  const { t } = useTerminal()
  const wrong = result.checks.filter(({ ok }) => !ok).length
  return (
    <>
      <strong class={`state ${result.ok ? 'good' : 'bad'}`}>
        {result.ok ? t('selftest.ok') : t('selftest.wrong', { count: wrong })}
      </strong>
      <ul class="checks">
        {result.checks.map(({ name, ok, detail }) => (
          <li key={name}>
            <span class={`state ${ok ? 'good' : 'bad'}`}>
              {thingText(t, name)}
              <span class="unseen">: {t(ok ? 'selftest.passed' : 'selftest.failed')}</span>
            </span>
            {detail && <p class="small note">{detail}</p>}
          </li>
        ))}
      </ul>
    </>
  )
}
