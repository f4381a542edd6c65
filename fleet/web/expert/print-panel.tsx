import { useState } from 'preact/hooks'
import type { Terminal } from '../../api/schemas.ts'
import { useExpert } from './context.ts'
import { CopyForm } from './copy-form.tsx'
import { PrintForm } from './print-form.tsx'
import { deskOf } from './state.ts'
import { printerSign } from './terminal-state.ts'
import { WorkStatus } from './work-status.tsx'

type Tab = 'print' | 'copy'
const tabs: readonly Tab[] = ['print', 'copy']

/** Printing and copying, one at a time before the eye, and how far their jobs are. */
export const PrintPanel = ({ terminal }: { terminal: Terminal }) => {
  const { state, t } = useExpert()
  const [tab, setTab] = useState<Tab>('print')
  const sign = printerSign(terminal, t)
  const works = deskOf(state, terminal.id).works.filter(
    (work) => work.kind === 'print' || work.kind === 'copy',
  )

  return (
    <section class="card panel" aria-label={t('print')}>
      <div class="row">
        <fieldset class="segments tabs">
          <legend class="unseen">{t('print')}</legend>
          {tabs.map((one) => (
            <button key={one} type="button" aria-pressed={one === tab} onClick={() => setTab(one)}>
              {t(one)}
            </button>
          ))}
        </fieldset>
        <span class="grow" />
        <span class={`state ${sign.tone}`}>{sign.text}</span>
      </div>
      {tab === 'print' ? <PrintForm terminal={terminal} /> : <CopyForm terminal={terminal} />}
      {works.map((work) => (
        <WorkStatus key={work.key} terminal={terminal.id} work={work} />
      ))}
    </section>
  )
}
