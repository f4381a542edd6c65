import { locales } from '../i18n/texts.ts'
import { useAccount } from './context.ts'

/** A day and a time of it. */
export const Moment = ({ at }: { readonly at: number }) => {
  const { language } = useAccount()
  const moment = new Date(at)
  const text = new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium', timeStyle: 'short' })
  return <time dateTime={moment.toISOString()}>{text.format(moment)}</time>
}
