import type { ColorMode } from './capabilities.ts'

/** A part of the sheet in 1/300 inch from its top left corner. */
export interface ScanRegion {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** What one job shall do, in the words of eSCL. */
export interface ScanSettings {
  /** The version that the device's capabilities name. */
  readonly version: string
  readonly source: 'Platen' | 'Feeder'
  readonly region: ScanRegion
  readonly resolution: number
  readonly colorMode: ColorMode
  /** The media type that the pages shall come in. */
  readonly format: string
  /** Both sides of each sheet; feeder only. */
  readonly duplex?: boolean
}

/** The `ScanSettings` document that is posted to `ScanJobs`. */
export const writeSettings = (settings: ScanSettings): string => {
  const { region } = settings
  const version = /^\d{1,2}\.\d{1,2}$/.test(settings.version) ? settings.version : '2.0'
  const format = escapeText(settings.format)
  const extended = Number(version) >= 2.1
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<scan:ScanSettings xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03"',
    ' xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm">',
    `<pwg:Version>${version}</pwg:Version>`,
    '<pwg:ScanRegions><pwg:ScanRegion>',
    '<pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>',
    `<pwg:XOffset>${region.x}</pwg:XOffset><pwg:YOffset>${region.y}</pwg:YOffset>`,
    `<pwg:Width>${region.width}</pwg:Width><pwg:Height>${region.height}</pwg:Height>`,
    '</pwg:ScanRegion></pwg:ScanRegions>',
    `<pwg:InputSource>${settings.source}</pwg:InputSource>`,
    `<scan:ColorMode>${settings.colorMode}</scan:ColorMode>`,
    `<pwg:DocumentFormat>${format}</pwg:DocumentFormat>`,
    extended ? `<scan:DocumentFormatExt>${format}</scan:DocumentFormatExt>` : '',
    `<scan:XResolution>${settings.resolution}</scan:XResolution>`,
    `<scan:YResolution>${settings.resolution}</scan:YResolution>`,
    settings.duplex === undefined ? '' : `<scan:Duplex>${settings.duplex}</scan:Duplex>`,
    '</scan:ScanSettings>',
  ].join('')
}

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
