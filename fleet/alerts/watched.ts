/** What a rule watches: a terminal or a part of it, or a part of the fleet itself. */
export interface Watched {
  /** The id of the terminal, or `fleet:` and the part. */
  readonly subject: string
  /** The part of the terminal, where each of its parts is well or not by itself. */
  readonly part?: string
}

const fleet = 'fleet:'

/** What stands for a part of the fleet itself among the subjects. */
export const fleetSubject = (part: string): string => `${fleet}${part}`

/** Whether it is about the fleet itself. */
export const isFleet = (subject: string): boolean => subject.startsWith(fleet)

/** The part of the fleet, or none for a terminal. */
export const fleetPart = (subject: string): string[] =>
  isFleet(subject) ? [subject.slice(fleet.length)] : []

/** Under which name the course of a terminal's part is kept; no id of a terminal has a slash. */
export const partName = (terminal: string, part: string): string => `${terminal}/${part}`

/** What is meant by the name under which a course is kept. */
export const watchedOf = (name: string): Watched => {
  const end = isFleet(name) ? -1 : name.indexOf('/')
  return end === -1 ? { subject: name } : { subject: name.slice(0, end), part: name.slice(end + 1) }
}

/** Whether both are the same terminal, the same part of one, or the same part of the fleet. */
export const isSame = (one: Watched, other: Watched): boolean =>
  one.subject === other.subject && one.part === other.part
