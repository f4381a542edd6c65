import { useState } from 'preact/hooks'
import { useOps } from './context.ts'
import { notifying, turnOffNotifying, turnOnNotifying } from './notify.ts'

/** Whether this browser tells of new incidents while a page of the fleet is open in it. */
export const NotifyChoice = () => {
  const { t } = useOps()
  const [state, setState] = useState(notifying)
  if (state === 'unavailable' || state === 'denied') {
    return <p class="small notify">{t(`ops.notify.${state}`)}</p>
  }
  return (
    <p class="notify">
      {state === 'on' ? (
        <>
          <span class="state good">{t('ops.notify.on')}</span>
          <button type="button" class="plain" onClick={() => setState(turnOffNotifying())}>
            {t('ops.notify.turn-off')}
          </button>
        </>
      ) : (
        <button type="button" onClick={() => void turnOnNotifying().then(setState)}>
          {t('ops.notify.turn-on')}
        </button>
      )}
    </p>
  )
}
