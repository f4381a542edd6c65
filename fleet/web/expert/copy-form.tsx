import type { Terminal } from '../../api/schemas.ts'
import { useExpert } from './context.ts'
import { Segments, Select, Stepper } from './fields.tsx'
import { fitScan, limitsOf, modeChoices, sourceChoices } from './scan-limits.ts'
import { type CopyChoice, deskOf, isRunning } from './state.ts'

const duplexes = ['none', 'long-edge', 'short-edge'] as const

/** How to copy what lies on the glass or in the feeder. */
export const CopyForm = ({ terminal }: { terminal: Terminal }) => {
  const { state, t, dispatch, acts } = useExpert()
  const { copy, works } = deskOf(state, terminal.id)
  const { scanner, printer } = terminal.capabilities
  const { source, mode } = fitScan({ ...copy, dpi: 300 }, scanner?.scanner)
  const choice: CopyChoice = { ...copy, source, mode }
  const busy = works.some((work) => (work.kind === 'copy' || work.kind === 'scan') && isRunning(state, work))
  const choose = (change: Partial<CopyChoice>): void =>
    dispatch({ type: 'copy-choice', terminal: terminal.id, choice: { ...choice, ...change } })

  return (
    <>
      <div class="row">
        <Segments
          label={t('source')}
          value={choice.source}
          choices={sourceChoices(scanner?.scanner).map((value) => ({ value, text: t(`source.${value}`) }))}
          choose={(source) => choose({ source })}
        />
        <Stepper
          label={t('print.copies')}
          value={choice.copies}
          max={99}
          choose={(copies) => choose({ copies })}
        />
      </div>
      <div class="row">
        <Segments
          label={t('mode')}
          value={choice.mode}
          choices={modeChoices(limitsOf(scanner?.scanner, choice.source)).map((value) => ({
            value,
            text: t(`mode.${value}`),
          }))}
          choose={(mode) => choose({ mode })}
        />
      </div>
      {printer?.printer?.duplex === true && (
        <div class="row">
          <Select
            label={t('print.duplex')}
            value={choice.duplex}
            choices={duplexes.map((value) => ({ value, text: t(`duplex.${value}`) }))}
            choose={(duplex) => choose({ duplex })}
          />
        </div>
      )}
      <p class="small">{t('copy.note')}</p>
      <button
        type="button"
        class="primary"
        disabled={busy || scanner?.present !== true || printer?.present !== true}
        onClick={() => {
          choose({})
          void acts.copy(terminal.id)
        }}
      >
        {t('copy.start')}
      </button>
    </>
  )
}
