import type { ComponentChildren } from 'preact'
import type { Terminal } from '../../api/schemas.ts'
import { useExpert } from './context.ts'
import { Check } from './fields.tsx'
import {
  BackIcon,
  DeleteIcon,
  MinusIcon,
  OnIcon,
  PlusIcon,
  TurnLeftIcon,
  TurnRightIcon,
  UndoIcon,
} from './icons.tsx'
import { usePageActs } from './page-acts.ts'
import type { Page } from './pages.ts'
import { deskOf } from './state.ts'
import { type Zoom, zoomBy } from './zoom.ts'

interface Tool {
  readonly label: string
  readonly disabled: boolean
  readonly children: ComponentChildren
  readonly act: () => void
}

const ToolButton = ({ label, disabled, children, act }: Tool) => (
  <button type="button" class="icon plain" title={label} aria-label={label} disabled={disabled} onClick={act}>
    {children}
  </button>
)

interface Parts {
  readonly terminal: Terminal
  readonly page: Page | undefined
  readonly zoom: Zoom
  readonly setZoom: (zoom: Zoom) => void
  readonly searchable: boolean
  readonly setSearchable: (searchable: boolean) => void
  readonly save: () => void
}

/** What can be done to the page that is looked at, and to all of them. */
export const PageTools = ({ terminal, page, zoom, setZoom, searchable, setSearchable, save }: Parts) => {
  const { state, t } = useExpert()
  const { pages } = deskOf(state, terminal.id)
  const acts = usePageActs(terminal.id)
  const at = page === undefined ? -1 : pages.list.indexOf(page)
  const none = page === undefined
  const seen = zoom === 'fit' ? 0.6 : zoom

  return (
    <div class="tools" role="toolbar" aria-label={t('pages')}>
      <div class="group">
        <ToolButton label={t('turn.left')} disabled={none} act={() => acts.turn(page, -90)}>
          <TurnLeftIcon />
        </ToolButton>
        <ToolButton label={t('turn.right')} disabled={none} act={() => acts.turn(page, 90)}>
          <TurnRightIcon />
        </ToolButton>
        <ToolButton label={t('move.back')} disabled={at <= 0} act={() => acts.move(page, at - 1)}>
          <BackIcon />
        </ToolButton>
        <ToolButton
          label={t('move.on')}
          disabled={none || at === pages.list.length - 1}
          act={() => acts.move(page, at + 1)}
        >
          <OnIcon />
        </ToolButton>
        <ToolButton label={t('delete')} disabled={none} act={() => acts.delete(page)}>
          <DeleteIcon />
        </ToolButton>
        <ToolButton label={t('undo')} disabled={pages.past.length === 0} act={acts.undo}>
          <UndoIcon />
        </ToolButton>
      </div>
      <div class="group">
        <ToolButton label={t('zoom.out')} disabled={none} act={() => setZoom(zoomBy(seen, -1))}>
          <MinusIcon />
        </ToolButton>
        <button
          type="button"
          class="plain zoom"
          disabled={none}
          title={t('zoom')}
          onClick={() => setZoom('fit')}
        >
          {zoom === 'fit' ? t('zoom.fit') : t('printer.percent', { level: Math.round(zoom * 100) })}
        </button>
        <ToolButton label={t('zoom.in')} disabled={none} act={() => setZoom(zoomBy(seen, 1))}>
          <PlusIcon />
        </ToolButton>
      </div>
      <div class="group">
        <Check checked={searchable} choose={setSearchable}>
          {t('save.searchable')}
        </Check>
        <button
          type="button"
          data-key="save"
          title="Ctrl S"
          disabled={pages.list.length === 0}
          onClick={save}
        >
          {t('save')}
        </button>
      </div>
    </div>
  )
}
