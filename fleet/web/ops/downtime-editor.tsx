import { useState } from 'preact/hooks'
import type { Downtime } from '../../api/health-schemas.ts'
import { type DowntimeReason, downtimeReasons } from '../../terminals/history.ts'
import { Dialog, FormFoot } from '../account/dialog.tsx'
import { fieldOf, onSubmit } from '../account/form.ts'
import { useOps } from './context.ts'

interface Parts {
  readonly downtime: Downtime
  readonly close: (changed: boolean) => void
}

/** What a person says of a downtime: the reason, and a note. */
export const DowntimeEditor = ({ downtime, close }: Parts) => {
  const { t, health, tell } = useOps()
  const [wrong, setWrong] = useState<string | undefined>()
  const [saving, setSaving] = useState(false)
  const save = (form: FormData): void => {
    setSaving(true)
    setWrong(undefined)
    const edit = { reason: fieldOf(form, 'reason') as DowntimeReason, note: fieldOf(form, 'note').trim() }
    health.editDowntime(downtime.id, edit).then(
      () => close(true),
      (problem: unknown) => {
        setSaving(false)
        setWrong(tell(problem))
      },
    )
  }
  return (
    <Dialog
      title={t('ops.downtimes.edit-title', { village: downtime.village || downtime.terminal })}
      close={() => close(false)}
    >
      <form class="fields" onSubmit={onSubmit(save)}>
        <label>
          <span>{t('ops.morning.reason')}</span>
          <select class="text" name="reason" defaultValue={downtime.reason}>
            {downtimeReasons.map((reason) => (
              <option key={reason} value={reason} selected={reason === downtime.reason}>
                {t(`ops.downtime.reason.${reason}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>{t('ops.downtimes.note')}</span>
          <textarea class="text" name="note" rows={3} maxLength={500} defaultValue={downtime.note ?? ''} />
        </label>
        <FormFoot
          wrong={wrong}
          leave={t('ops.close')}
          left={() => close(false)}
          go={t('ops.save')}
          waits={saving}
        />
      </form>
    </Dialog>
  )
}
