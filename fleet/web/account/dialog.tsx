import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface Parts {
  readonly title: string
  readonly children: ComponentChildren
  /** Called when it is closed by the keyboard. */
  readonly close: () => void
}

/** Something that has to be answered before anything else. */
export const Dialog = ({ title, children, close }: Parts) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      ref={dialog}
      class="card"
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault()
        close()
      }}
    >
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  )
}

interface FootParts {
  /** Why it was not taken, in words. */
  readonly wrong: string | undefined
  readonly leave: string
  readonly left: () => void
  readonly go: string
  readonly waits?: boolean
}

/** The end of a form that stands in a dialog: what is wrong, the way back, the way on. */
export const FormFoot = ({ wrong, leave, left, go, waits = false }: FootParts) => (
  <>
    {wrong !== undefined && (
      <p class="notice bad" role="alert">
        {wrong}
      </p>
    )}
    <div class="row">
      <button type="button" onClick={left}>
        {leave}
      </button>
      <button class="primary grow" type="submit" disabled={waits}>
        {go}
      </button>
    </div>
  </>
)
