/** Lets the browser save what lies at an address of this host. */
export const offer = (address: string, name: string): void => {
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
}
