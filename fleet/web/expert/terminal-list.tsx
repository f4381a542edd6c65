import { useState } from 'preact/hooks'
import type { Terminal } from '../../api/schemas.ts'
import { useExpert } from './context.ts'
import { commandOf, deskOf, isRunning } from './state.ts'
import { isAvailable, terminalSign } from './terminal-state.ts'
import { workText } from './work-text.ts'

const byVillage = (a: Terminal, b: Terminal): number =>
  a.village.localeCompare(b.village, 'ru') || a.id.localeCompare(b.id)

const Item = ({ terminal, chosen, first }: { terminal: Terminal; chosen: boolean; first: boolean }) => {
  const { state, dispatch, t } = useExpert()
  const sign = terminalSign(terminal, state.language, t)
  const running = deskOf(state, terminal.id).works.find((work) => isRunning(state, work))
  return (
    <li>
      <button
        type="button"
        class="terminal"
        tabIndex={chosen || first ? 0 : -1}
        aria-current={chosen ? 'true' : undefined}
        onClick={() => dispatch({ type: 'choose', terminal: terminal.id })}
      >
        <span class="village">{terminal.village || terminal.id}</span>
        <span class={`state ${sign.tone}`}>{sign.text}</span>
        {running !== undefined && (
          <span class="small">{workText(t, running, commandOf(state, running))}</span>
        )}
      </button>
    </li>
  )
}

const step = (event: KeyboardEvent): void => {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (by === 0) return
  const items = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('button.terminal')]
  const at = items.indexOf(document.activeElement as HTMLElement)
  items[Math.max(0, Math.min(items.length - 1, at + by))]?.focus()
  event.preventDefault()
}

/** Every terminal with its presence; those that can work first, each part by village. */
export const TerminalList = () => {
  const { state, t } = useExpert()
  const [wanted, setWanted] = useState('')
  const all = Object.values(state.terminals ?? {})
  const found = all
    .filter(({ village, id }) => `${village} ${id}`.toLowerCase().includes(wanted.trim().toLowerCase()))
    .toSorted(byVillage)
  const parts = [
    { title: t('terminals.available'), list: found.filter(isAvailable) },
    { title: t('terminals.away'), list: found.filter((terminal) => !isAvailable(terminal)) },
  ].filter(({ list }) => list.length > 0)
  const first = found.some(({ id }) => id === state.chosen) ? undefined : parts[0]?.list[0]

  return (
    <nav aria-label={t('terminals')} tabIndex={-1} data-region onKeyDown={step}>
      <input
        class="text"
        type="search"
        placeholder={t('terminals.find')}
        aria-label={t('terminals.find')}
        value={wanted}
        onInput={(event) => setWanted(event.currentTarget.value)}
      />
      {parts.map(({ title, list }) => (
        <section key={title}>
          <h2>
            {title} · {list.length}
          </h2>
          <ul>
            {list.map((terminal) => (
              <Item
                key={terminal.id}
                terminal={terminal}
                chosen={terminal.id === state.chosen}
                first={terminal === first}
              />
            ))}
          </ul>
        </section>
      ))}
      {state.terminals !== undefined && found.length === 0 && (
        <p class="small hint">{t(all.length === 0 ? 'terminals.none' : 'terminals.not-found')}</p>
      )}
    </nav>
  )
}
