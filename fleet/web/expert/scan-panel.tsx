import type { Terminal } from '../../api/schemas.ts'
import { cleanUpChoices, scanChoiceOf } from './choices.ts'
import { useExpert } from './context.ts'
import { Segments, Select } from './fields.tsx'
import { ScanIcon } from './icons.tsx'
import { dpiChoices, limitsOf, modeChoices, sourceChoices } from './scan-limits.ts'
import { commandOf, deskOf, isOver, isRunning, type ScanChoice } from './state.ts'
import { isAvailable, scannerSign } from './terminal-state.ts'
import { WorkStatus } from './work-status.tsx'

/** Choices limited to what this scanner can do, Scan, and what came of it. */
export const ScanPanel = ({ terminal }: { terminal: Terminal }) => {
  const { state, t, dispatch, acts } = useExpert()
  const desk = deskOf(state, terminal.id)
  const scanner = terminal.capabilities.scanner?.scanner
  const choice = scanChoiceOf(state, terminal.id)
  const limits = limitsOf(scanner, choice.source)
  const work = desk.works.findLast((one) => one.kind === 'scan')
  const running = work !== undefined && isRunning(state, work)
  /** Its pages lie before the expert: nothing more needs to be said. */
  const scanned = work !== undefined && commandOf(state, work)?.state === 'succeeded'
  const others = Object.values(state.commands).some(
    (command) =>
      command.terminal === terminal.id &&
      !isOver(command) &&
      (command.name === 'scanner.scan' || command.name === 'copier.copy'),
  )
  const sign = running || others ? { tone: 'good', text: t('scan.running') } : scannerSign(terminal, t)
  const absent = terminal.capabilities.scanner?.present !== true
  const choose = (change: Partial<ScanChoice>): void =>
    dispatch({ type: 'scan-choice', terminal: terminal.id, choice: change })

  return (
    <section class="card panel" aria-labelledby="scan-title">
      <div class="row">
        <h2 id="scan-title" class="grow">
          {t('scan')}
        </h2>
        <span class={`state ${sign.tone}`}>{sign.text}</span>
      </div>
      {absent ? (
        <p class="small">{t('scan.absent.do')}</p>
      ) : (
        <>
          <div class="row">
            <Segments
              label={t('source')}
              value={choice.source}
              choices={sourceChoices(scanner).map((value) => ({ value, text: t(`source.${value}`) }))}
              disabled={running}
              choose={(source) => choose({ source })}
            />
            <Select
              label={t('dpi')}
              value={choice.dpi}
              choices={dpiChoices(limits).map((dpi) => ({ value: dpi, text: t('dpi.value', { dpi }) }))}
              disabled={running}
              choose={(dpi) => choose({ dpi })}
            />
          </div>
          <div class="row">
            <Segments
              label={t('mode')}
              value={choice.mode}
              choices={modeChoices(limits).map((value) => ({ value, text: t(`mode.${value}`) }))}
              disabled={running}
              choose={(mode) => choose({ mode })}
            />
          </div>
          <div class="row">
            <Select
              label={t('scan.clean')}
              value={choice.cleanUp}
              choices={cleanUpChoices(state, terminal.id).map((value) => ({
                value,
                text: t(`scan.clean.${value}`),
              }))}
              disabled={running}
              choose={(cleanUp) => choose({ cleanUp })}
            />
          </div>
        </>
      )}
      {work !== undefined && !scanned && <WorkStatus terminal={terminal.id} work={work} />}
      {!running && (
        <button
          type="button"
          class="primary"
          data-key="scan"
          title="Ctrl Enter"
          disabled={absent || (others && !running)}
          onClick={() => void acts.scan(terminal.id)}
        >
          <ScanIcon />
          {t('scan.start')}
        </button>
      )}
      {!isAvailable(terminal) && (
        <p class="notice warn">
          {t('terminal.away.what')} {t('terminal.away.do')}
        </p>
      )}
    </section>
  )
}
