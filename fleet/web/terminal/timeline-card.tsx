import { useState } from 'preact/hooks'
import type { MaintenanceWindow, PresenceInterval } from '../../api/health-schemas.ts'
import type { Answer } from '../answer.ts'
import { useTerminal } from './context.ts'
import { momentText } from './moments.ts'
import { spans } from './range.ts'
import { TimelineDetail } from './timeline-detail.tsx'
import { TimelineKey, TimelinePicture } from './timeline-picture.tsx'
import { TimelineTable } from './timeline-table.tsx'

/** What was chosen on the timeline: an interval of presence, or some commands. */
export type Chosen =
  | { readonly kind: 'interval'; readonly id: string }
  | { readonly kind: 'commands'; readonly ids: readonly string[] }

interface Parts {
  readonly presence: Answer<readonly PresenceInterval[]>
  readonly windows: readonly MaintenanceWindow[]
  readonly edited: (interval: PresenceInterval) => void
}

const RangeChoice = () => {
  const { t, view, look, range, language, now } = useTerminal()
  return (
    <div class="row wraps">
      {'part' in view && (
        <button type="button" onClick={() => look({ span: view.span })}>
          {t('range.back', {
            from: momentText(range.from, language, now),
            until: momentText(range.until, language, now),
          })}
        </button>
      )}
      <fieldset class="segments">
        <legend class="unseen">{t('range')}</legend>
        {spans.map((span) => (
          <button
            key={span}
            type="button"
            aria-pressed={!('part' in view) && view.span === span}
            onClick={() => look({ span })}
          >
            {t(`range.${span}`)}
          </button>
        ))}
      </fieldset>
    </div>
  )
}

/** When the terminal was there and what it was asked to do. */
export const Timeline = ({ presence, windows, edited }: Parts) => {
  const { t } = useTerminal()
  const [chosen, choose] = useState<Chosen | undefined>()
  const intervals = presence.value
  return (
    <section class="card panel timeline" aria-labelledby="timeline-title">
      <div class="row wraps">
        <h2 id="timeline-title" class="grow">
          {t('timeline')}
        </h2>
        <RangeChoice />
      </div>
      {intervals === undefined ? (
        <p class="small">{presence.problem ?? t('loading')}</p>
      ) : (
        <>
          <TimelinePicture {...{ intervals, windows, chosen, choose }} />
          <TimelineKey />
          <TimelineDetail {...{ intervals, chosen, edited }} close={() => choose(undefined)} />
          <TimelineTable {...{ intervals, choose }} />
          {presence.problem !== undefined && (
            <p class="notice warn" role="status">
              {presence.problem}
            </p>
          )}
        </>
      )}
    </section>
  )
}
