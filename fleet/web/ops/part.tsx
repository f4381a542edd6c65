import type { ComponentChildren } from 'preact'
import { problemText } from '../i18n/faults.ts'
import { useOps } from './context.ts'
import type { Part } from './state.ts'

interface Parts {
  readonly part: Part
  /** Whether there is something to show. */
  readonly there: boolean
  readonly children: ComponentChildren
}

/** A part of a view, or why it is not there and how to get it. */
export const PartOf = ({ part, there, children }: Parts) => {
  const { t, state, ask } = useOps()
  const problem = state.problems[part]
  if (problem !== undefined && !there) {
    return (
      <div class="missing">
        <p class="small">{t('ops.part.missing', { problem: problemText(t, problem) })}</p>
        <button type="button" onClick={() => ask(part)}>
          {t('ops.part.again')}
        </button>
      </div>
    )
  }
  if (!there) return <p class="small missing">{t('ops.part.loading')}</p>
  return <>{children}</>
}
