import type { ComponentChildren } from 'preact'

/** Something longer than its place; it can be reached and moved by keyboard. */
export const Scroller = ({
  label,
  children,
}: {
  readonly label: string
  readonly children: ComponentChildren
}) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
  <section class="scrolls" tabIndex={0} aria-label={label}>
    {children}
  </section>
)
