import type { Writable } from 'node:stream'
import type { Api } from '../web/api.ts'
import type { Translate } from '../web/i18n/texts.ts'
import type { ProgressLine } from './progress-line.ts'

/** What a subcommand works with. */
export interface Shell {
  readonly api: Api
  readonly t: Translate
  readonly progress: ProgressLine
  /** Where results go. */
  readonly output: Writable
  /** Writes the result: as JSON, or as these words. */
  readonly answer: (value: unknown, words: string) => void
  /** Writes words while the result is still to come; nothing where the result is JSON. */
  readonly say: (words: string) => void
  /** Asks for a secret, unseen. Throws `UsageError`. */
  readonly askSecret: (question: string) => Promise<string>
  /** Calls back on Ctrl-C until the returned function is called. */
  readonly onInterrupt: (act: () => void) => () => void
}
