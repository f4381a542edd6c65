import type { TextKey } from '../i18n/texts.ts'
import { useExpert } from './context.ts'

const rows: readonly (readonly [string, TextKey])[] = [
  ['Ctrl Enter', 'keys.scan'],
  ['Ctrl S', 'keys.save'],
  ['Ctrl P', 'keys.print'],
  ['Ctrl Z', 'keys.undo'],
  ['F6', 'keys.regions'],
  ['↑ ↓', 'keys.terminals'],
  ['← →', 'keys.choose'],
  ['Shift ← →', 'keys.move'],
  ['R, Shift R', 'keys.turn'],
  ['Delete', 'keys.delete'],
  ['+ − 0', 'keys.zoom'],
  ['F1', 'keys.help'],
]

export const openKeys = (): void => document.querySelector<HTMLDialogElement>('dialog.keys')?.showModal()

/** What the keyboard does here. */
export const Keys = () => {
  const { t } = useExpert()
  return (
    <dialog class="keys card" aria-labelledby="keys-title">
      <form method="dialog">
        <div class="row">
          <h2 id="keys-title" class="grow">
            {t('keys')}
          </h2>
          <button type="submit">{t('close')}</button>
        </div>
        <dl>
          {rows.map(([keys, text]) => (
            <div key={text}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{t(text)}</dd>
            </div>
          ))}
        </dl>
      </form>
    </dialog>
  )
}
