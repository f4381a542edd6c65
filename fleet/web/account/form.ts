/** Takes a form without leaving the page. */
export const onSubmit =
  (take: (form: FormData, element: HTMLFormElement) => void) =>
  (event: Event): void => {
    event.preventDefault()
    const element = event.currentTarget as HTMLFormElement
    take(new FormData(element), element)
  }

/** What stands in a field. */
export const fieldOf = (form: FormData, name: string): string => String(form.get(name) ?? '')
