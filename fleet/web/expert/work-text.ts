import type { CopyOutput } from '../../../protocol/capabilities/copier.ts'
import type { PrintOutput } from '../../../protocol/capabilities/printer.ts'
import type { ScanOutput } from '../../../protocol/capabilities/scanner.ts'
import type { Progress } from '../../../protocol/messages.ts'
import type { Command } from '../../api/schemas.ts'
import type { Translate } from '../i18n/texts.ts'
import type { Work } from './state.ts'

/** How far a command is, in words: the step, the page, the share. */
export const progressText = (t: Translate, { step, page, of, percent }: Progress): string => {
  const where =
    page === undefined
      ? ''
      : of === undefined
        ? t('page.number', { number: page })
        : t('page.of', { number: page, count: of })
  const share = percent === undefined ? '' : t('printer.percent', { level: Math.round(percent) })
  return [t(`step.${step}`), where, share].filter(Boolean).join(' · ')
}

/** As `progressText`, without the share: said aloud at each step, not at each percent. */
export const stepText = (t: Translate, { step, page, of }: Progress): string =>
  progressText(t, { step, ...(page !== undefined && { page }), ...(of !== undefined && { of }) })

/** Where a command stands, in words. */
export const commandText = (t: Translate, command: Command): string =>
  command.state === 'running' && command.progress !== undefined
    ? progressText(t, command.progress)
    : t(`command.state.${command.state}`)

/** What a command brought, in words. */
export const outcomeText = (t: Translate, { name, result }: Command): string => {
  switch (name) {
    case 'scanner.scan':
      return t('scan.done', { count: (result as ScanOutput).pages.length })
    case 'printer.print':
      return t('print.done', { count: (result as PrintOutput).impressions })
    case 'copier.copy': {
      const { pages, impressions } = result as CopyOutput
      return t('copy.done', { pages, count: impressions })
    }
    default:
      return t('command.state.succeeded')
  }
}

/** Where a work stands, in words, from the press of the button on. */
export const workText = (t: Translate, work: Work, command: Command | undefined): string => {
  if (work.cancelling) return t('cancelling')
  if (work.stage === 'preparing') return t(work.kind === 'save' ? 'save.running' : 'print.preparing')
  if (command === undefined) return t('command.state.queued')
  // A scan counts its own sheets; the strip counts all pages that lie there, and only one number can be believed.
  if (work.kind !== 'scan' || command.progress === undefined) return commandText(t, command)
  const { page: _, of: __, ...progress } = command.progress
  return commandText(t, { ...command, progress })
}
