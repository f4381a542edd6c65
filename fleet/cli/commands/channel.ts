import { Option, type Command as Program } from 'commander'
import type { Channel, ChannelView } from '../../api/incident-schemas.ts'
import { type Language, locales } from '../../web/i18n/texts.ts'
import { incidentApi } from '../../web/incident-api.ts'
import { UsageError } from '../exit.ts'
import type { Shell } from '../shell.ts'
import { whole } from './options.ts'

/** A test did not arrive. */
export class ChannelSilent extends Error {
  override readonly name = 'ChannelSilent'
  readonly value: { readonly delivered: false; readonly text: string }

  constructor(text: string, words: string) {
    super(words)
    this.value = { delivered: false, text }
  }
}

interface Settings {
  readonly to?: string[]
  readonly from?: string
  readonly host?: string
  readonly port?: number
  readonly secure: 'tls' | 'starttls' | 'none'
  readonly user?: string
  readonly postTo?: string
  readonly askSecret?: true
  readonly messages: Language
}

const channelOf = (name: string, settings: Settings, secret: string | undefined): Channel => {
  const { to, from, host, port, secure, user, postTo, messages } = settings
  if (postTo !== undefined)
    return { name, kind: 'webhook', url: postTo, ...(secret === undefined ? {} : { secret }) }
  if (to === undefined || from === undefined || host === undefined) {
    throw new UsageError('A webhook needs --post-to, mail needs --to, --from and --host')
  }
  return {
    ...{ name, kind: 'email', to, from, host, secure, language: messages },
    port: port ?? (secure === 'tls' ? 465 : 587),
    ...(user === undefined ? {} : { user }),
    ...(secret === undefined ? {} : { password: secret }),
  }
}

/** `avyl channel list|set|test|remove` */
export const addChannels = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  const time = (at: number): string =>
    new Intl.DateTimeFormat(locales[language], { dateStyle: 'short', timeStyle: 'short' }).format(at)
  const line = ({ t }: Shell, channel: ChannelView): string => {
    const { name, kind, to, url, failingSince, failure = '' } = channel
    const where = to?.join(', ') ?? url ?? ''
    const failing =
      failingSince === undefined ? '' : t('channel.failing', { time: time(failingSince), failure })
    return [name, kind, where, failing].join('\t').trimEnd()
  }

  const channels = program
    .command('channel')
    .summary('set up where alerts go')
    .description(
      'Where alerts go: mail, webhooks, open pages. Rules of the release tell `browser` and `duty`.',
    )
  channels
    .command('list')
    .description('List the channels, without passwords and secrets.')
    .action(async () => {
      const open = await shell()
      const all = await incidentApi(open.api).channels()
      open.answer(all, all.map((channel) => line(open, channel)).join('\n'))
    })
  channels
    .command('set')
    .description('Set up mail or a webhook. Without --ask-secret the password or secret of before stays.')
    .argument('<name>', 'name of the channel')
    .option('--to <address...>', 'who gets mail')
    .option('--from <address>', 'who it comes from')
    .option('--host <name>', 'the mail server')
    .addOption(
      new Option('--port <port>', 'of the mail server; 587, or 465 with tls').argParser(whole(1, 65_535)),
    )
    .addOption(
      new Option('--secure <how>', 'how mail is protected')
        .choices(['tls', 'starttls', 'none'])
        .default('starttls'),
    )
    .option('--user <name>', 'as whom to sign in at the mail server')
    .addOption(
      new Option('--messages <language>', 'language of the mail').choices(['ru', 'tt', 'en']).default('ru'),
    )
    .option('--post-to <address>', 'where a webhook posts to')
    .option('--ask-secret', 'ask for the password of the mail server, or for the secret that signs a webhook')
    .action(async (name: string, settings: Settings) => {
      channelOf(name, settings, undefined)
      const open = await shell()
      const secret = settings.askSecret ? await open.askSecret(open.t('channel.secret')) : undefined
      const kept = await incidentApi(open.api).putChannel(channelOf(name, settings, secret))
      open.answer(kept, line(open, kept))
    })
  channels
    .command('test')
    .description('Send a test message and tell what happened.')
    .argument('<name>', 'name of the channel')
    .action(async (name: string) => {
      const open = await shell()
      const { delivered, text } = await incidentApi(open.api).testChannel(name)
      if (!delivered) throw new ChannelSilent(text, open.t('channel.not-delivered', { text }))
      open.answer({ delivered, text }, open.t('channel.delivered', { text }))
    })
  channels
    .command('remove')
    .description('Take a channel away, with what waits for it.')
    .argument('<name>', 'name of the channel')
    .action(async (name: string) => {
      const open = await shell()
      await incidentApi(open.api).removeChannel(name)
      open.answer({ name, removed: true }, open.t('channel.removed', { name }))
    })
}
