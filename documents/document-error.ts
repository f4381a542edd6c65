/** Why a document or a page could not be worked on: a closed list that the API and the agent map to their own codes. */
export const documentErrorKinds = [
  'encrypted',
  'damaged',
  'too-large',
  'too-many-pages',
  'page-too-large',
  'bomb',
  'unsupported',
  'worker-lost',
  'tool-missing',
] as const

/** One of {@link documentErrorKinds}. */
export type DocumentErrorKind = (typeof documentErrorKinds)[number]

/** The one error of page and document work. The text holds nothing of the document itself. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError'
  readonly kind: DocumentErrorKind

  constructor(kind: DocumentErrorKind, text: string, options: { cause?: unknown } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
  }
}
