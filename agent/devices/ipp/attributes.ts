import type { IppAttributes, IppResolution, IppValue } from './message.ts'

/** Ways to read attributes that a printer may have left out, or sent in another syntax than it should. */

const valuesOf = <T>(
  attributes: IppAttributes,
  name: string,
  pick: (value: IppValue) => T | undefined,
): T[] => (attributes.get(name) ?? []).map(pick).filter((value) => value !== undefined)

/** Every text of an attribute, whatever kind of text it is. */
export const strings = (attributes: IppAttributes, name: string): string[] =>
  valuesOf(attributes, name, (value) => {
    if (typeof value.value === 'string') return value.value
    if (value.tag === 'textWithLanguage' || value.tag === 'nameWithLanguage') return value.value.text
    return undefined
  })

/** Every number of an attribute: integers and enums. */
export const integers = (attributes: IppAttributes, name: string): number[] =>
  valuesOf(attributes, name, (value) => (typeof value.value === 'number' ? value.value : undefined))

/** The truth of an attribute, where it has one. */
export const boolean = (attributes: IppAttributes, name: string): boolean | undefined =>
  valuesOf(attributes, name, (value) => (value.tag === 'boolean' ? value.value : undefined))[0]

export const resolutions = (attributes: IppAttributes, name: string): IppResolution[] =>
  valuesOf(attributes, name, (value) => (value.tag === 'resolution' ? value.value : undefined))

/** Octet strings as text; also attributes whose sender took a text for an octet string. */
export const octets = (attributes: IppAttributes, name: string): string[] =>
  valuesOf(attributes, name, (value) => {
    if (typeof value.value === 'string') return value.value
    return value.tag === 'octetString' ? Buffer.from(value.value).toString('utf8') : undefined
  })
