import { useState } from 'preact/hooks'
import type { Terminal } from '../../api/schemas.ts'
import { useExpert } from './context.ts'
import { LiveView } from './live-view.tsx'
import { PageStrip } from './page-strip.tsx'
import { PageTools } from './page-tools.tsx'
import { PageView } from './page-view.tsx'
import { deskOf, isRunning } from './state.ts'
import { WorkStatus } from './work-status.tsx'
import type { Zoom } from './zoom.ts'

/** The pages of one terminal: tools, the page that is looked at, the strip of all. */
export const PageDesk = ({ terminal }: { terminal: Terminal }) => {
  const { state, t, acts } = useExpert()
  const [zoom, setZoom] = useState<Zoom>('fit')
  const [searchable, setSearchable] = useState(false)
  const desk = deskOf(state, terminal.id)
  const page = desk.pages.list.find((one) => one.artefact === desk.view)
  const scan = desk.works.findLast((work) => work.kind === 'scan' && isRunning(state, work))
  const saving = desk.works.find((work) => work.kind === 'save')
  const save = (): void => void acts.save(terminal.id, searchable)

  return (
    <main aria-label={t('pages')} tabIndex={-1} data-region>
      <PageTools
        terminal={terminal}
        page={page}
        zoom={zoom}
        setZoom={setZoom}
        searchable={searchable}
        setSearchable={setSearchable}
        save={save}
      />
      <div class="sheet">
        {desk.view === 'live' && scan !== undefined ? (
          <LiveView terminal={terminal} work={scan} />
        ) : page !== undefined ? (
          <PageView page={page} pages={desk.pages.list} zoom={zoom} setZoom={setZoom} />
        ) : (
          <div class="empty">
            <h2>{t('pages.none')}</h2>
            <p class="small">{t('pages.none.do')}</p>
          </div>
        )}
        {saving !== undefined && (
          <div class="over">
            <WorkStatus terminal={terminal.id} work={saving} />
          </div>
        )}
      </div>
      <PageStrip terminal={terminal} desk={desk} scan={scan} />
    </main>
  )
}
