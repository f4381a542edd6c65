import type { Command as Program } from 'commander'
import { isTextKey, translator } from '../../../provisioning/texts/texts.ts'
import type { Acceptance } from '../../terminals/acceptances.ts'
import { readJson } from '../../web/api.ts'
import { type Language, locales } from '../../web/i18n/texts.ts'
import type { Shell } from '../shell.ts'

/** `avyl terminal acceptance` */
export const addAcceptance = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  const t = translator(language)
  const time = new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium', timeStyle: 'short' })
  const words = ({ device, receivedAt, sheet, picture }: Acceptance): string => {
    const { village, serial, fingerprint, devices, checks } = sheet
    const none = t('devices.none')
    return [
      `${device}\t${village ?? t('unknown')}\t${time.format(receivedAt)}`,
      `${t('serial')}: ${serial}`,
      `${t('fingerprint')}: ${fingerprint}`,
      t('devices.scanner', { name: devices.scanner ?? none }),
      t('devices.printer', { name: devices.printer ?? none }),
      ...checks.map(({ name, state, evidence }) => {
        const key = `check.${name}`
        return `${isTextKey(key) ? t(key) : name}\t${t(`check.${state}`)}\t${evidence}`
      }),
      `avyl artefact get ${picture}`,
    ].join('\n')
  }
  const terminal = program.commands.find((command) => command.name() === 'terminal') ?? program
  terminal
    .command('acceptance')
    .description('Tell what the technician proved at it, and which artefact shows the signed sheet.')
    .argument('<terminal>', 'id of a terminal')
    .action(async (id: string) => {
      const open = await shell()
      const report = open.api.send('GET', `/terminals/${encodeURIComponent(id)}/acceptance`)
      const acceptance = await readJson<Acceptance>(report)
      open.answer(acceptance, words(acceptance))
    })
}
