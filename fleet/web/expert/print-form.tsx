import type { Terminal } from '../../api/schemas.ts'
import { printChoiceOf } from './choices.ts'
import { useExpert } from './context.ts'
import { Check, Segments, Select, Stepper } from './fields.tsx'
import { deskOf, type PrintChoice } from './state.ts'

/** As `pages` of `printer.print` is written, with blanks allowed. */
const range = /^(\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?){0,19})?$/
/** The highest page that a range names; 0 when it names none. */
const lastOf = (text: string): number => Math.max(0, ...(text.match(/\d+/g) ?? []).map(Number))
const duplexes = ['none', 'long-edge', 'short-edge'] as const

const FileChoice = ({ terminal }: { terminal: Terminal }) => {
  const { state, t, acts } = useExpert()
  const { file } = deskOf(state, terminal.id).print
  return (
    <label class="button file">
      <input
        class="unseen"
        type="file"
        accept="application/pdf,image/jpeg,image/png"
        onChange={(event) => {
          const chosen = event.currentTarget.files?.[0]
          if (chosen !== undefined) acts.chooseFile(terminal.id, chosen)
        }}
      />
      <span class="name">{file?.name ?? t('print.file.choose')}</span>
      {file === undefined && <span class="small">{t('print.file.formats')}</span>}
    </label>
  )
}

/** What to print and how; the button waits until there is something to print. */
export const PrintForm = ({ terminal }: { terminal: Terminal }) => {
  const { state, t, dispatch, acts } = useExpert()
  const { pages } = deskOf(state, terminal.id)
  const choice = printChoiceOf(state, terminal.id)
  const printer = terminal.capabilities.printer?.printer
  const absent = terminal.capabilities.printer?.present !== true
  const choose = (change: Partial<PrintChoice>): void =>
    dispatch({ type: 'print-choice', terminal: terminal.id, choice: change })
  const count = choice.from === 'pages' ? pages.list.length : undefined
  const wrongRange = !range.test(choice.range.replaceAll(' ', ''))
  const beyond = !wrongRange && count !== undefined && lastOf(choice.range) > count
  const nothing = choice.from === 'pages' ? pages.list.length === 0 : choice.file === undefined

  return (
    <>
      <div class="row">
        <Segments
          label={t('print.what')}
          value={choice.from}
          choices={[
            { value: 'pages', text: `${t('print.pages')} · ${pages.list.length}` },
            { value: 'file', text: t('print.file') },
          ]}
          choose={(from) => choose({ from })}
        />
      </div>
      {choice.from === 'file' && <FileChoice terminal={terminal} />}
      <div class="row">
        <Stepper
          label={t('print.copies')}
          value={choice.copies}
          max={99}
          choose={(copies) => choose({ copies })}
        />
        <input
          class="text grow"
          aria-label={t('print.range')}
          title={t('print.range')}
          placeholder={`${t('print.range.all')}: 1-3,5`}
          value={choice.range}
          maxLength={100}
          aria-invalid={wrongRange || beyond}
          onInput={(event) => choose({ range: event.currentTarget.value })}
        />
      </div>
      {wrongRange && <p class="notice warn">{t('print.range.wrong')}</p>}
      {beyond && !nothing && <p class="notice warn">{t('print.range.beyond', { count: count ?? 0 })}</p>}
      {(printer?.duplex === true || printer?.colour === true) && (
        <div class="row">
          {printer.duplex && (
            <Select
              label={t('print.duplex')}
              value={choice.duplex}
              choices={duplexes.map((value) => ({ value, text: t(`duplex.${value}`) }))}
              choose={(duplex) => choose({ duplex })}
            />
          )}
          {printer.colour && (
            <Check checked={choice.colour} choose={(colour) => choose({ colour })}>
              {t('print.colour')}
            </Check>
          )}
        </div>
      )}
      {nothing && <p class="small">{t('print.nothing')}</p>}
      <button
        type="button"
        class="primary"
        data-key="print"
        disabled={absent || nothing || wrongRange || beyond}
        onClick={() => void acts.print(terminal.id)}
      >
        {t('print.start')}
      </button>
    </>
  )
}
