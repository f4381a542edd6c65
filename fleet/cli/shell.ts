import type { Api } from '../web/api.ts'
import type { Translate } from '../web/i18n/texts.ts'
import type { Access } from './access.ts'
import type { ProgressLine } from './progress-line.ts'

/** What a subcommand works with. */
export interface Shell {
  readonly api: Api
  readonly access: Access
  readonly t: Translate
  /** Whether one JSON document is asked for instead of words. */
  readonly json: boolean
  readonly progress: ProgressLine
  /** Writes the result: as JSON, or as these words. */
  readonly answer: (value: unknown, words: string) => void
  /** Calls back on Ctrl-C until the returned function is called. */
  readonly onInterrupt: (act: () => void) => () => void
}
