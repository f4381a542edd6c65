import { useExpert } from './context.ts'
import type { Page } from './pages.ts'
import { deskOf } from './state.ts'

/** Changes to the pages of one terminal, each told to people who do not see it. */
export const usePageActs = (terminal: string) => {
  const { state, dispatch, t, say } = useExpert()
  const { list } = deskOf(state, terminal).pages
  const numberOf = (page: Page): number => list.indexOf(page) + 1
  return {
    move: (page: Page | undefined, to: number): void => {
      if (page === undefined || to < 0 || to >= list.length) return
      dispatch({ type: 'move', terminal, artefact: page.artefact, to })
      say(t('page.moved', { number: to + 1, count: list.length }))
    },
    turn: (page: Page | undefined, by: 90 | -90): void => {
      if (page === undefined) return
      dispatch({ type: 'turn', terminal, artefact: page.artefact, by })
      say(t('page.turned', { number: numberOf(page) }))
    },
    delete: (page: Page | undefined): void => {
      if (page === undefined) return
      say(t('page.deleted', { number: numberOf(page) }))
      dispatch({ type: 'delete', terminal, artefact: page.artefact })
    },
    undo: (): void => {
      dispatch({ type: 'undo', terminal })
      say(t('page.undone'))
    },
  } as const
}
