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
