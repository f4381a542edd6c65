import type { DocumentError, DocumentErrorKind } from '../../documents/document-error.ts'
import type { ProblemCode } from '../api/schemas.ts'
import { ProblemError } from '../problem.ts'

const codes: Record<DocumentErrorKind, ProblemCode> = {
  encrypted: 'document-encrypted',
  damaged: 'document-damaged',
  'too-large': 'too-large',
  'too-many-pages': 'document-too-large',
  'page-too-large': 'document-too-large',
  bomb: 'document-too-large',
  unsupported: 'unsupported-media-type',
  'worker-lost': 'document-damaged',
  'tool-missing': 'internal',
}

/** What is wrong with a document, as the API says it. */
export const problemOfDocument = (error: DocumentError): ProblemError =>
  new ProblemError(codes[error.kind], error.message, { cause: error })
