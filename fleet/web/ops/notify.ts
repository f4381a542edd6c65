import type { Incident } from '../../api/incident-schemas.ts'
import type { Language } from '../i18n/texts.ts'
import { whereOf } from './incident-order.ts'
import type { OpsTranslate } from './texts.ts'

const key = 'avyl.notify'

/** Whether this browser tells of incidents by its own notifications. */
export type Notifying = 'on' | 'off' | 'denied' | 'unavailable'

export const notifying = (): Notifying => {
  if (!('Notification' in window) || !window.isSecureContext) return 'unavailable'
  if (Notification.permission === 'denied') return 'denied'
  return Notification.permission === 'granted' && localStorage.getItem(key) === 'on' ? 'on' : 'off'
}

/** Asks the person's leave where it is not given yet. */
export const turnOnNotifying = async (): Promise<Notifying> => {
  if ((await Notification.requestPermission()) === 'granted') localStorage.setItem(key, 'on')
  return notifying()
}

export const turnOffNotifying = (): Notifying => {
  localStorage.removeItem(key)
  return notifying()
}

/** What the fleet tells of an incident to those who shall hear of it, as the event `notice`. */
export interface Notice {
  readonly kind: 'opened' | 'flapping' | 'reminder' | 'recovered'
  readonly incident: Incident
}

/** Shows a notice outside of the page; a click brings the page to its incident. */
export const showNotice = ({ kind, incident }: Notice, t: OpsTranslate, language: Language): void => {
  if (notifying() !== 'on') return
  const shown = new Notification(incident.title[language], {
    body: [t(`ops.notice.${kind}`), whereOf(incident)].filter(Boolean).join(': '),
    // A later notice of the same incident takes the place of the one before.
    tag: incident.id,
  })
  shown.onclick = () => {
    window.focus()
    location.hash = `incidents/${encodeURIComponent(incident.id)}`
    shown.close()
  }
}
