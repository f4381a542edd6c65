import { Option, type Command as Program } from 'commander'
import { Parse } from 'typebox/value'
import { canonical } from '../../../protocol/canonical.ts'
import { type AuditEntry, AuditHead, type AuditVerdict } from '../../api/audit-schemas.ts'
import { checkExport } from '../../audit/export-check.ts'
import { type AuditQuery, createAuditApi } from '../../web/audit-api.ts'
import { type Language, locales } from '../../web/i18n/texts.ts'
import { UsageError } from '../exit.ts'
import { bringBody, checkPlace } from '../files.ts'
import { fileText, linesOfFile } from '../lines.ts'
import type { Shell } from '../shell.ts'
import { whole } from './options.ts'

interface Listed extends Omit<AuditQuery, 'limit'> {
  readonly limit?: number
}

/** The audit is not as it was written. */
export class AuditBroken extends Error {
  override readonly name = 'AuditBroken'
  readonly verdict: AuditVerdict

  constructor(verdict: AuditVerdict, words: string) {
    super(words)
    this.verdict = verdict
  }
}

const line = (language: Language, entry: AuditEntry): string => {
  const { number, at, actor, action, subject = '', outcome, about = '' } = entry
  const time = new Intl.DateTimeFormat(locales[language], { dateStyle: 'short', timeStyle: 'medium' })
  return [number, time.format(at), actor, action, subject, outcome, about].join('\t').trimEnd()
}

const tell = ({ t, answer }: Pick<Shell, 't' | 'answer'>, verdict: AuditVerdict, note = ''): void => {
  const { ok, entries, fault } = verdict
  if (!ok) {
    const { number = 0, text = '' } = fault ?? {}
    throw new AuditBroken(verdict, `${t('audit.broken', { number })}\n(${text})`)
  }
  answer(verdict, `${t('audit.whole', { count: entries })}${note}`)
}

const headsIn = async (file: string) => {
  const lines = (await fileText(file)).trim().split('\n')
  try {
    return lines.map((text) => Parse(AuditHead, JSON.parse(text)))
  } catch (cause) {
    throw new UsageError(`${file} holds no signed heads`, { cause })
  }
}

interface Proof {
  readonly head?: string
  readonly ca?: string
}

/** `avyl audit list|verify|head|export`; `words` serve where no fleet is asked. */
export const addAudit = (
  program: Program,
  shell: () => Promise<Shell>,
  language: Language,
  words: Pick<Shell, 't' | 'answer'>,
): void => {
  const audit = program
    .command('audit')
    .summary('see who did what, and prove that it was not changed')
    .description('Every act of a person, a program or the fleet itself is an entry of a signed chain.')

  audit
    .command('list')
    .description('List acts, the oldest first: number, time, who, what, to what, outcome.')
    .option('--from <time>', 'RFC 3339 or milliseconds; 30 days ago when absent')
    .option('--to <time>', 'until then')
    .option('--actor <id>', 'of this person or program')
    .option('--action <operation>', 'of this kind, as the OpenAPI document names it')
    .option('--after <number>', 'those after this entry; without it the newest')
    .addOption(new Option('--limit <n>', '1 to 1000; default: 100').argParser(whole(1, 1000)))
    .action(async ({ limit, ...query }: Listed) => {
      const open = await shell()
      const asked = { ...query, ...(limit !== undefined && { limit: String(limit) }) }
      const all = await createAuditApi(open.api).list(asked)
      open.answer(all, all.map((entry) => line(language, entry)).join('\n') || open.t('audit.none'))
    })

  audit
    .command('verify')
    .description('Verify the audit of the fleet; or, without the fleet, an export of it.')
    .argument('[export]', 'a file that `avyl audit export` made')
    .option('--head <file>', 'signed heads that were kept elsewhere, one a line; with an export')
    .option('--ca <file>', 'the roots that are believed, PEM; those in the export when absent')
    .action(async (file: string | undefined, { head, ca }: Proof) => {
      if (file === undefined) {
        if (head !== undefined || ca !== undefined) throw new UsageError('--head and --ca go with an export')
        const open = await shell()
        return tell(open, await createAuditApi(open.api).verify())
      }
      const trust = {
        ...(head !== undefined && { heads: await headsIn(head) }),
        ...(ca !== undefined && { roots: await fileText(ca) }),
      }
      const note = ca === undefined ? `\n${words.t('audit.own-roots')}` : ''
      tell(words, await checkExport(linesOfFile(file), trust), note)
    })

  audit
    .command('head')
    .description(
      'The signed end of the chain, to be kept elsewhere: whatever is rewritten later does not fit it.',
    )
    .action(async () => {
      const open = await shell()
      const head = await createAuditApi(open.api).head()
      open.answer(head, canonical(head))
    })

  audit
    .command('export')
    .description(
      'Bring the whole audit into a file that can be verified without the fleet; - is standard output.',
    )
    .argument('<file>', 'file to write')
    .action(async (file: string) => {
      await checkPlace(file)
      const open = await shell()
      await bringBody(open, await createAuditApi(open.api).export(), file)
      if (file !== '-') open.answer({ file }, file)
    })
}
