import { useEffect, useRef, useState } from 'preact/hooks'
import { useExpert } from './context.ts'
import type { Page } from './pages.ts'

/** Within a minute a small picture comes over the slowest line that a village has, also after a short break of it. */
const againAfterMs = [200, 300, 500, 1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000, 8000]

/** Sooner than this nobody needs to be told that it is on its way. */
const quietAttempts = 2

interface Parts {
  readonly page: Page
  /** Width and height of the page as it lies, before it is turned, in CSS pixels. */
  readonly width: number
  readonly height: number
  /** Loads the page itself over its preview. */
  readonly sharp?: boolean
  readonly label: string
}

/** One page: its small picture first, asked for again while it is still on its way, then the page itself. */
export const Picture = ({ page, width, height, sharp = false, label }: Parts) => {
  const { api, t } = useExpert()
  const [attempt, setAttempt] = useState(0)
  const [seen, setSeen] = useState(false)
  const [failed, setFailed] = useState(false)
  const [noOriginal, setNoOriginal] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  const sideways = page.rotate % 180 !== 0
  const box = sideways ? { width: height, height: width } : { width, height }
  const lying = {
    width: `${width}px`,
    height: `${height}px`,
    transform: `translate(-50%, -50%) rotate(${page.rotate}deg)`,
  }
  const retry = (): void => {
    const delay = againAfterMs[attempt]
    if (delay === undefined) setFailed(true)
    else timer.current = setTimeout(() => setAttempt(attempt + 1), delay)
  }
  return (
    <div class="picture" style={{ width: `${box.width}px`, height: `${box.height}px` }}>
      {failed ? (
        <p class="small">{t('page.lost')}</p>
      ) : (
        <img
          key={attempt}
          class={seen ? '' : 'coming'}
          src={api.previewUrl(page.artefact)}
          alt={label}
          style={lying}
          draggable={false}
          onLoad={() => setSeen(true)}
          onError={retry}
        />
      )}
      {!failed && !seen && attempt >= quietAttempts && <p class="small">{t('page.coming')}</p>}
      {sharp && !noOriginal && (
        <img src={api.artefactUrl(page.artefact)} alt="" style={lying} onError={() => setNoOriginal(true)} />
      )}
    </div>
  )
}
