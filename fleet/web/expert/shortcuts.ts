import { useEffect } from 'preact/hooks'
import { type Expert, useExpert } from './context.ts'
import { openKeys } from './keys.tsx'
import { deskOf, isRunning } from './state.ts'

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input:not([type=checkbox]), textarea')

const press = (name: string): void => {
  document.querySelector<HTMLButtonElement>(`button[data-key=${name}]:not(:disabled)`)?.click()
}

const nextRegion = (by: 1 | -1): void => {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')]
  const at = regions.findIndex((region) => region.contains(document.activeElement))
  regions.at((at + by) % regions.length)?.focus()
}

const handle = (event: KeyboardEvent, { state, dispatch, t, say }: Expert): void => {
  if (state.session == null || document.querySelector('dialog[open]') !== null) return
  const { ctrlKey, metaKey, code, key } = event
  const control = ctrlKey || metaKey
  const terminal = state.chosen
  if (key === 'F1') openKeys()
  else if (key === 'F6') nextRegion(event.shiftKey ? -1 : 1)
  else if (control && key === 'Enter') press('scan')
  else if (control && code === 'KeyS') press('save')
  else if (control && code === 'KeyP') document.querySelector<HTMLElement>('[data-key=print]')?.focus()
  else if (control && code === 'KeyZ' && terminal !== undefined && !isTyping(event.target)) {
    if (deskOf(state, terminal).pages.past.length > 0) say(t('page.undone'))
    dispatch({ type: 'undo', terminal })
  } else return
  event.preventDefault()
}

/** The keys that work everywhere on the page; by their place, so that the Russian layout serves as well. */
export const useShortcuts = (): void => {
  const expert = useExpert()
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => handle(event, expert)
    window.addEventListener('keydown', listener)
    return () => window.removeEventListener('keydown', listener)
  }, [expert])
}

/** Whether a work of this kind goes on at a terminal. */
export const runningWork = ({ state }: Expert, terminal: string, kind: 'scan' | 'print' | 'copy' | 'save') =>
  deskOf(state, terminal).works.findLast((work) => work.kind === kind && isRunning(state, work))
