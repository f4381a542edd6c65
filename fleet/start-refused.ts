/** The fleet cannot start as it is set up. The message says what stands against it and which setting moves it. */
export class StartRefused extends Error {
  override readonly name: string = 'StartRefused'
}
