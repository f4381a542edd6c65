import { mkdir, readFile } from 'node:fs/promises'
import type { Command as Program } from 'commander'
import { translator } from '../../../provisioning/texts/texts.ts'
import { withPort } from '../../host.ts'
import type { Language } from '../../web/i18n/texts.ts'
import { claimsOf } from '../depot/claims.ts'
import { prepareDepot } from '../depot/depot.ts'
import { readVillages } from '../depot/villages.ts'
import { UsageError } from '../exit.ts'
import type { Shell } from '../shell.ts'

interface Given {
  readonly csv: string
  readonly out: string
  readonly renew?: true
  readonly reprint?: true
  readonly trial?: true
}

/** `avyl depot --csv <file>` */
export const addDepot = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  program
    .command('depot')
    .summary('prepare the bundles and labels of new terminals')
    .description(
      'For each line of the list: a claim of the fleet, a bundle (avyl-claim.json, label.pdf), and sheets with all new labels. Run again it makes what is missing, makes new codes where the list has another village or serial number, and leaves other codes that hold alone.',
    )
    .requiredOption('--csv <file>', 'list with the columns device, village, and where known district, serial')
    .option('--out <folder>', 'where the bundles go', 'bundles')
    .option('--renew', 'new codes where the old one was used, locked or has expired')
    .option('--reprint', 'labels of codes that still hold too, marked as printed again')
    .option('--trial', "bundles for the fleet's own machine too, where no village finds the fleet")
    .action(async (given: Given) => {
      const { csv, out, renew = false, reprint = false, trial = false } = given
      const open = await shell()
      const t = translator(language)
      const list = await readFile(csv).catch((cause: unknown) => {
        throw new UsageError(`${csv} cannot be read`, { cause })
      })
      const villages = readVillages(list)
      await mkdir(out, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
        throw new UsageError(`${out} cannot be made`, { cause })
      })
      const show = (done: number, all: number) => open.progress.show(`${done}/${all}`)
      const made = await prepareDepot(claimsOf(open.api), villages, { out, renew, reprint, trial, show })
      const lines = made.bundles.map(
        ({ device, village, outcome }) => `${device}\t${village}\t${t(`depot.${outcome}`)}`,
      )
      const labels =
        made.labels === undefined ? t('depot.no-labels') : t('depot.labels', { file: made.labels })
      const { host, port } = made.fleet
      const door = t('depot.door', { address: withPort(host, port) })
      open.answer(made, [...lines, labels, door].join('\n'))
    })
}
