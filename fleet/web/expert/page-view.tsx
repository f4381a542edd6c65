import { useRef } from 'preact/hooks'
import { useExpert } from './context.ts'
import type { Page } from './pages.ts'
import { Picture } from './picture.tsx'
import { useRoom } from './room.ts'
import { fitShare, paperSize, type Zoom, zoomBy } from './zoom.ts'

interface Parts {
  readonly page: Page
  readonly pages: readonly Page[]
  readonly zoom: Zoom
  readonly setZoom: (zoom: Zoom) => void
}

/** The page that is looked at; larger than the room it is scrolled. */
export const PageView = ({ page, pages, zoom, setZoom }: Parts) => {
  const { t } = useExpert()
  const scroller = useRef<HTMLDivElement>(null)
  const room = useRoom(scroller)
  const paper = paperSize(page)
  const share = zoom === 'fit' ? fitShare(paper, page.rotate % 180 !== 0, room) : zoom
  const label = t('page.of', { number: pages.indexOf(page) + 1, count: pages.length })

  const keys = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === '+' || event.key === '=') setZoom(zoomBy(share, 1))
    else if (event.key === '-') setZoom(zoomBy(share, -1))
    else if (event.key === '0') setZoom('fit')
    else return
    event.preventDefault()
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled must be reached by the keyboard
    <section ref={scroller} class="scroller" aria-label={label} tabIndex={0} onKeyDown={keys}>
      <Picture
        key={page.artefact}
        page={page}
        width={paper.width * share}
        height={paper.height * share}
        sharp={zoom !== 'fit'}
        label={label}
      />
    </section>
  )
}
