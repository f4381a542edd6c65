import { useState } from 'preact/hooks'
import type { MaintenanceWish } from '../../api/health-schemas.ts'
import { Dialog, FormFoot } from '../account/dialog.tsx'
import { fieldOf, momentField, onSubmit } from '../account/form.ts'
import { useOps } from './context.ts'
import { districtsOf } from './fleet-filter.ts'
import { compareNames } from './rows.ts'

const abouts = ['village', 'district', 'terminal', 'fleet'] as const
type About = MaintenanceWish['about']

/** Announces that something will be away. */
export const MaintenanceForm = ({ close }: { readonly close: (added: boolean) => void }) => {
  const { t, rows, health, tell } = useOps()
  const [about, setAbout] = useState<About>('village')
  const [wrong, setWrong] = useState<string | undefined>()
  const [saving, setSaving] = useState(false)
  const [begin] = useState(Date.now)
  const names: Readonly<Record<About, readonly string[]>> = {
    village: [...new Set(rows.map(({ terminal }) => terminal.village))]
      .filter(Boolean)
      .toSorted(compareNames),
    district: districtsOf(rows),
    terminal: rows.map(({ id }) => id).toSorted(compareNames),
    fleet: [],
  }
  const save = (form: FormData): void => {
    const from = Date.parse(fieldOf(form, 'from'))
    const until = Date.parse(fieldOf(form, 'until'))
    if (!(until > from)) {
      setWrong(t('ops.maintenance.wrong-times'))
      return
    }
    setSaving(true)
    setWrong(undefined)
    const name = about === 'fleet' ? '' : fieldOf(form, 'name')
    health.planMaintenance({ about, name, from, until, note: fieldOf(form, 'note').trim() }).then(
      () => close(true),
      (problem: unknown) => {
        setSaving(false)
        setWrong(tell(problem))
      },
    )
  }
  return (
    <Dialog title={t('ops.maintenance.add')} close={() => close(false)}>
      <form class="fields" onSubmit={onSubmit(save)}>
        <label>
          <span>{t('ops.maintenance.about')}</span>
          <select
            class="text"
            value={about}
            onChange={(event) => setAbout(event.currentTarget.value as About)}
          >
            {abouts.map((one) => (
              <option key={one} value={one}>
                {t(`ops.maintenance.about.${one}`)}
              </option>
            ))}
          </select>
        </label>
        {about !== 'fleet' && (
          <label>
            <span>{t('ops.maintenance.name')}</span>
            <select class="text" name="name" required>
              {names[about].map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          <span>{t('ops.maintenance.from')}</span>
          <input class="text" type="datetime-local" name="from" required defaultValue={momentField(begin)} />
        </label>
        <label>
          <span>{t('ops.maintenance.until')}</span>
          <input
            class="text"
            type="datetime-local"
            name="until"
            required
            defaultValue={momentField(begin + 2 * 3_600_000)}
          />
        </label>
        <label>
          <span>{t('ops.maintenance.note')}</span>
          <input class="text" name="note" maxLength={500} />
        </label>
        <FormFoot
          wrong={wrong}
          leave={t('ops.close')}
          left={() => close(false)}
          go={t('ops.maintenance.add')}
          waits={saving}
        />
      </form>
    </Dialog>
  )
}
