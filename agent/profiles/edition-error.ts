/** An edition of the profiles cannot be used; the text says why, for people, without data of the edition. */
export class EditionError extends Error {
  override readonly name = 'EditionError'
}
