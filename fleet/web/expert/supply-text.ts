import type { Supply } from '../../../protocol/capabilities/printer.ts'
import type { Translate } from '../i18n/texts.ts'

/** By `prtMarkerSuppliesType` (RFC 3805) as printers spell it: `wasteToner`, `toner-cartridge`. */
const kinds = [
  ['waste', /waste/i],
  ['toner', /toner/i],
  ['ink', /ink/i],
  ['drum', /opc|drum|photoconductor/i],
  ['fuser', /fuser/i],
] as const

/** By name (`prtMarkerColorantValue`, RFC 3805) or as CUPS writes it. */
const colours = [
  ['black', /^(black|#000000)$/i],
  ['cyan', /^(cyan|#00ffff)$/i],
  ['magenta', /^(magenta|#ff00ff)$/i],
  ['yellow', /^(yellow|#ffff00)$/i],
] as const

/** A supply in words; one of a kind or colour without a word keeps the printer's own name. */
export const supplyText = (t: Translate, { name, type, colour = '' }: Supply): string => {
  const [kind] = kinds.find(([, pattern]) => pattern.test(type)) ?? []
  if (kind === undefined) return name
  if (kind !== 'toner' && kind !== 'ink') return t(`supply.${kind}`)
  const [paint] = colours.find(([, pattern]) => pattern.test(colour)) ?? []
  return paint === undefined ? name : t(`supply.${kind}.${paint}`)
}
