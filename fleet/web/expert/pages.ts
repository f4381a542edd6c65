import type { ScannedPage } from '../../../protocol/capabilities/scanner.ts'

export type Rotation = 0 | 90 | 180 | 270

/** One scanned page as the expert arranged it; `rotate` is clockwise. */
export interface Page {
  readonly artefact: string
  readonly width: number
  readonly height: number
  readonly dpi: number
  readonly blank: boolean
  readonly rotate: Rotation
}

/** Pages in order, and the arrangements that were there before, the latest last. */
export interface Pages {
  readonly list: readonly Page[]
  readonly past: readonly (readonly Page[])[]
  /** Every page that ever came, so that a deleted one is not added again when its command speaks again. */
  readonly known: readonly string[]
}

export const noPages: Pages = { list: [], past: [], known: [] }

const pastKept = 50

const arranged = (pages: Pages, list: readonly Page[]): Pages => ({
  ...pages,
  list,
  past: [...pages.past, pages.list].slice(-pastKept),
})

/** Adds the pages that are new. */
export const addPages = (pages: Pages, scanned: readonly ScannedPage[]): Pages => {
  const fresh = scanned.filter((page) => !pages.known.includes(page.artefact))
  if (fresh.length === 0) return pages
  const added = fresh.map(
    ({ artefact, width, height, dpi, blank }): Page => ({
      artefact,
      width,
      height,
      dpi,
      blank: blank === true,
      rotate: 0,
    }),
  )
  return {
    ...pages,
    list: [...pages.list, ...added],
    known: [...pages.known, ...fresh.map((page) => page.artefact)],
  }
}

/** Moves a page to another place, counted from 0 and kept within the list. */
export const movePage = (pages: Pages, artefact: string, to: number): Pages => {
  const from = pages.list.findIndex((page) => page.artefact === artefact)
  const place = Math.max(0, Math.min(to, pages.list.length - 1))
  const page = pages.list[from]
  if (page === undefined || from === place) return pages
  return arranged(pages, pages.list.toSpliced(from, 1).toSpliced(place, 0, page))
}

/** Turns a page by a quarter. */
export const turnPage = (pages: Pages, artefact: string, by: 90 | -90): Pages => {
  if (!pages.list.some((page) => page.artefact === artefact)) return pages
  const turned = (page: Page): Page =>
    page.artefact === artefact ? { ...page, rotate: ((page.rotate + by + 360) % 360) as Rotation } : page
  return arranged(pages, pages.list.map(turned))
}

/** Takes a page out. */
export const deletePage = (pages: Pages, artefact: string): Pages => {
  const list = pages.list.filter((page) => page.artefact !== artefact)
  return list.length === pages.list.length ? pages : arranged(pages, list)
}

/** Goes back one arrangement; pages that came after it stay, at the end. */
export const undoPages = (pages: Pages): Pages => {
  const before = pages.past.at(-1)
  if (before === undefined) return pages
  const held = new Set(before.map((page) => page.artefact))
  const later = pages.list.filter((page) => !held.has(page.artefact))
  return { ...pages, list: [...before, ...later], past: pages.past.slice(0, -1) }
}
