/** Lets the browser save a text as a file. */
export const saveText = (text: string, name: string, mediaType: string): void => {
  const address = URL.createObjectURL(new Blob([text], { type: `${mediaType};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser has begun to read by then; the memory is let go of.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
