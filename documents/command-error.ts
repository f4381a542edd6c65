import { CommandError, type ErrorCode } from '../protocol/errors.ts'
import { DocumentError, type DocumentErrorKind } from './document-error.ts'

const codeOf: Readonly<Record<DocumentErrorKind, ErrorCode>> = {
  encrypted: 'invalid',
  damaged: 'invalid',
  'too-large': 'refused',
  'too-many-pages': 'refused',
  'page-too-large': 'refused',
  bomb: 'refused',
  unsupported: 'unsupported',
  'worker-lost': 'internal',
  'tool-missing': 'internal',
}

/** A failure of document work as the terminal answers it; any other thrown value stays as it is. */
export const toCommandError = (thrown: unknown): unknown =>
  thrown instanceof DocumentError
    ? new CommandError(codeOf[thrown.kind], thrown.message, { cause: thrown })
    : thrown
