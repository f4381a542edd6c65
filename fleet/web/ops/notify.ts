import type { Incident } from '../../api/incident-schemas.ts'
import type { Language } from '../i18n/texts.ts'

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

/** Whether an incident is worth a notification: it is new, nobody has it, and it needs somebody. */
export const isWorthTelling = (incident: Incident, known: ReadonlySet<string>): boolean =>
  incident.state === 'open' && incident.severity !== 'info' && !known.has(incident.id)

/** Shows one incident outside of the page; a click brings the page to it. */
export const tellOf = (incident: Incident, language: Language): void => {
  if (notifying() !== 'on') return
  const where = incident.district ?? incident.villages.slice(0, 3).join(', ')
  const shown = new Notification(incident.title[language], { body: where, tag: incident.id })
  shown.onclick = () => {
    window.focus()
    location.hash = `incidents/${encodeURIComponent(incident.id)}`
    shown.close()
  }
}
