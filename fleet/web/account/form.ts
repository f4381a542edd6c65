/** Takes a form without leaving the page. */
export const onSubmit =
  (take: (form: FormData, element: HTMLFormElement) => void) =>
  (event: Event): void => {
    event.preventDefault()
    const element = event.currentTarget as HTMLFormElement
    take(new FormData(element), element)
  }

/** A moment, in milliseconds, as a field `datetime-local` holds it. */
export const momentField = (at: number): string =>
  new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)

/** What stands in a field. */
export const fieldOf = (form: FormData, name: string): string => String(form.get(name) ?? '')
