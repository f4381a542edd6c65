/** A text that a terminal or a person wrote: its direction of writing ends with it. */
export const Told = ({ text, class: name }: { readonly text: string; readonly class?: string }) => (
  <bdi class={name} title={text.length > 40 ? text : undefined}>
    {text}
  </bdi>
)
