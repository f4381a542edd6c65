import { useEffect, useRef, useState } from 'preact/hooks'
import type { Terminal } from '../../api/schemas.ts'
import { useExpert } from './context.ts'
import { usePageActs } from './page-acts.ts'
import type { Page } from './pages.ts'
import { Picture } from './picture.tsx'
import { commandOf, type Desk, type Work } from './state.ts'
import { fitShare, paperSize } from './zoom.ts'

const room = { width: 62, height: 88 }

const Thumb = ({ page, number }: { page: Page; number: number }) => {
  const { t } = useExpert()
  const paper = paperSize(page)
  const share = fitShare(paper, page.rotate % 180 !== 0, room)
  return (
    <>
      <Picture
        page={page}
        width={paper.width * share}
        height={paper.height * share}
        label={t('page.number', { number })}
      />
      <span class="number">{number}</span>
      {page.blank && <span class="blank">{t('page.blank')}</span>}
    </>
  )
}

/** All pages in their order; moved by hand or by keys. */
export const PageStrip = ({
  terminal,
  desk,
  scan,
}: {
  terminal: Terminal
  desk: Desk
  scan: Work | undefined
}) => {
  const { state, dispatch, t } = useExpert()
  const acts = usePageActs(terminal.id)
  const [dragged, setDragged] = useState<string | undefined>()
  const [over, setOver] = useState<number | undefined>()
  const strip = useRef<HTMLUListElement>(null)
  const { list } = desk.pages
  const view = (artefact: string): void => dispatch({ type: 'view', terminal: terminal.id, view: artefact })

  useEffect(() => {
    const chosen = strip.current?.querySelector<HTMLElement>('[aria-current]')
    chosen?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    if (strip.current?.contains(document.activeElement)) chosen?.focus()
  }, [desk.view, list])

  const keys = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const at = list.findIndex((page) => page.artefact === desk.view)
    const page = list[at]
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    const next = list[at + by]
    if (by !== 0 && event.shiftKey) acts.move(page, at + by)
    else if (by !== 0) next !== undefined && view(next.artefact)
    else if (event.key === 'Home') list[0] !== undefined && view(list[0].artefact)
    else if (event.key === 'End') view(list.at(-1)?.artefact ?? '')
    else if (event.key === 'Delete') acts.delete(page)
    else if (event.code === 'KeyR') acts.turn(page, event.shiftKey ? -90 : 90)
    else return
    event.preventDefault()
  }
  const drop = (to: number): void => {
    const page = list.find((one) => one.artefact === dragged)
    setDragged(undefined)
    setOver(undefined)
    acts.move(page, to)
  }
  const command = scan === undefined ? undefined : commandOf(state, scan)
  const percent = command?.progress?.percent

  return (
    <ul ref={strip} class="strip" aria-label={t('pages')} onKeyDown={keys}>
      {list.map((page, at) => (
        <li
          key={page.artefact}
          class={over === at && dragged !== page.artefact ? 'over' : ''}
          onDragOver={(event) => {
            event.preventDefault()
            setOver(at)
          }}
          onDrop={(event) => {
            event.preventDefault()
            drop(at)
          }}
        >
          <button
            type="button"
            class="thumb"
            draggable
            title={t('pages.keys')}
            tabIndex={
              page.artefact === desk.view || (at === 0 && !list.some((one) => one.artefact === desk.view))
                ? 0
                : -1
            }
            aria-current={page.artefact === desk.view ? 'page' : undefined}
            onClick={() => view(page.artefact)}
            onDragStart={(event) => {
              event.dataTransfer?.setData('text/plain', String(at + 1))
              setDragged(page.artefact)
              view(page.artefact)
            }}
            onDragEnd={() => {
              setDragged(undefined)
              setOver(undefined)
            }}
          >
            <Thumb page={page} number={at + 1} />
          </button>
        </li>
      ))}
      {scan !== undefined && (
        <li>
          <button
            type="button"
            class="thumb live"
            aria-current={desk.view === 'live' ? 'page' : undefined}
            onClick={() => view('live')}
            aria-label={t('page.live')}
          >
            <span class="number">
              {list.length + 1}
              {percent !== undefined && ` · ${t('printer.percent', { level: Math.round(percent) })}`}
            </span>
          </button>
        </li>
      )}
    </ul>
  )
}
