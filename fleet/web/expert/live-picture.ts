import type { Band } from '../../api/schemas.ts'

/** The small picture of a page while it is being scanned. */
export interface LivePicture {
  readonly command: string
  readonly page: number
  readonly canvas: HTMLCanvasElement
  /** How many of its rows have come. */
  rows: number
  /** The height of the whole picture, where the device tells it. */
  pageHeight: number | undefined
}

/** The pictures that grow; one for each command, of its latest page. */
export interface LivePictures {
  readonly add: (command: string, band: Band) => Promise<void>
  readonly of: (command: string) => LivePicture | undefined
  readonly subscribe: (listener: () => void) => () => void
}

/** Bounds of a picture, whatever a terminal says of its size. */
const maxWidth = 2000
const maxHeight = 6000
const maxPictures = 8

const grow = (canvas: HTMLCanvasElement, height: number): void => {
  if (height <= canvas.height) return
  const kept = document.createElement('canvas')
  kept.width = canvas.width
  kept.height = canvas.height
  kept.getContext('2d')?.drawImage(canvas, 0, 0)
  canvas.height = height
  canvas.getContext('2d')?.drawImage(kept, 0, 0)
}

export const createLivePictures = (): LivePictures => {
  const pictures = new Map<string, LivePicture>()
  const listeners = new Set<() => void>()

  const pictureFor = (command: string, band: Band): LivePicture => {
    const known = pictures.get(command)
    if (known?.page === band.page) return known
    const canvas = document.createElement('canvas')
    canvas.width = Math.min(band.width, maxWidth)
    canvas.height = 1
    const picture: LivePicture = { command, page: band.page, canvas, rows: 0, pageHeight: undefined }
    pictures.delete(command)
    pictures.set(command, picture)
    for (const oldest of pictures.keys()) if (pictures.size > maxPictures) pictures.delete(oldest)
    return picture
  }

  return {
    add: async (command, band) => {
      const picture = pictureFor(command, band)
      const bytes = Uint8Array.from(atob(band.jpeg), (character) => character.charCodeAt(0))
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' })).catch(() => undefined)
      if (bitmap === undefined) return
      const bottom = Math.min(band.top + band.height, maxHeight)
      picture.pageHeight = band.pageHeight ?? picture.pageHeight
      grow(picture.canvas, bottom)
      picture.canvas.getContext('2d')?.drawImage(bitmap, 0, band.top)
      bitmap.close()
      picture.rows = Math.max(picture.rows, bottom)
      for (const listener of listeners) listener()
    },
    of: (command) => pictures.get(command),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
