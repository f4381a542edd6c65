import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks'
import type { Terminal } from '../../api/schemas.ts'
import { scanChoiceOf } from './choices.ts'
import { useExpert } from './context.ts'
import { useRoom } from './room.ts'
import { limitsOf } from './scan-limits.ts'
import { commandOf, type Work } from './state.ts'
import { workText } from './work-text.ts'

/** The shape of the glass, until the device tells how long the page is. */
const useShape = (terminal: Terminal): number => {
  const { state } = useExpert()
  const scanner = terminal.capabilities.scanner?.scanner
  const limits = limitsOf(scanner, scanChoiceOf(state, terminal.id).source)
  return limits === undefined || limits.width === 0 ? 297 / 210 : Math.min(2, limits.height / limits.width)
}

/** The page that is being scanned, growing row by row. */
export const LiveView = ({ terminal, work }: { terminal: Terminal; work: Work }) => {
  const { state, t, pictures } = useExpert()
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const scroller = useRef<HTMLDivElement>(null)
  const paper = useRef<HTMLDivElement>(null)
  const room = useRoom(scroller)
  const shape = useShape(terminal)
  useEffect(() => pictures.subscribe(() => redraw(undefined)), [pictures])

  const command = commandOf(state, work)
  const picture = work.command === undefined ? undefined : pictures.of(work.command)
  const columns = picture?.canvas.width ?? 210
  const rows = Math.max(picture?.pageHeight ?? Math.round(columns * shape), picture?.rows ?? 0)
  const share = Math.min(room.width / columns, room.height / rows)
  const seen = picture === undefined ? 0 : picture.canvas.height * share

  useLayoutEffect(() => {
    if (picture === undefined || paper.current === null || paper.current.contains(picture.canvas)) return
    paper.current.replaceChildren(picture.canvas)
  })
  useLayoutEffect(() => {
    if (picture !== undefined) picture.canvas.style.height = `${seen}px`
  })
  return (
    <div ref={scroller} class="scroller" role="img" aria-label={t('page.live')}>
      <div class="paper" style={{ width: `${columns * share}px`, height: `${rows * share}px` }}>
        <div ref={paper} class="rows" />
        {command?.state === 'running' && <div class="edge" style={{ top: `${seen}px` }} />}
        <p class="small">{workText(t, work, command)}</p>
      </div>
    </div>
  )
}
