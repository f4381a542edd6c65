import type { ScanRequest } from './scanned-picture.ts'

/** The glass and the sheets of the feeder, in 1/300 inch: A4. */
export const maxWidth = 2480
export const maxHeight = 3508

/** The resolutions of the virtual MFP. */
export const resolutions = [75, 100, 150, 200, 300, 600] as const

const namespaces =
  'xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm"'

const inputCaps = (name: string): string => `<scan:${name}>
<scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>${maxWidth}</scan:MaxWidth>
<scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>${maxHeight}</scan:MaxHeight>
<scan:MaxScanRegions>1</scan:MaxScanRegions>
<scan:SettingProfiles><scan:SettingProfile>
<scan:ColorModes><scan:ColorMode>BlackAndWhite1</scan:ColorMode><scan:ColorMode>Grayscale8</scan:ColorMode><scan:ColorMode>RGB24</scan:ColorMode></scan:ColorModes>
<scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat><pwg:DocumentFormat>image/png</pwg:DocumentFormat><scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt><scan:DocumentFormatExt>image/png</scan:DocumentFormatExt></scan:DocumentFormats>
<scan:SupportedResolutions><scan:DiscreteResolutions>${resolutions
  .map(
    (dpi) =>
      `<scan:DiscreteResolution><scan:XResolution>${dpi}</scan:XResolution><scan:YResolution>${dpi}</scan:YResolution></scan:DiscreteResolution>`,
  )
  .join('')}</scan:DiscreteResolutions></scan:SupportedResolutions>
</scan:SettingProfile></scan:SettingProfiles>
<scan:MaxOpticalXResolution>600</scan:MaxOpticalXResolution><scan:MaxOpticalYResolution>600</scan:MaxOpticalYResolution>
</scan:${name}>`

/** `ScannerCapabilities` of the virtual MFP. */
export const capabilitiesDocument = (makeAndModel: string, uuid: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerCapabilities ${namespaces}>
<pwg:Version>2.63</pwg:Version><pwg:MakeAndModel>${makeAndModel}</pwg:MakeAndModel>
<pwg:SerialNumber>AVYL0001</pwg:SerialNumber><scan:UUID>${uuid}</scan:UUID>
<scan:Platen>${inputCaps('PlatenInputCaps')}</scan:Platen>
<scan:Adf>${inputCaps('AdfSimplexInputCaps')}<scan:FeederCapacity>50</scan:FeederCapacity>
<scan:AdfOptions><scan:AdfOption>DetectPaperLoaded</scan:AdfOption></scan:AdfOptions></scan:Adf>
</scan:ScannerCapabilities>`

/** What `ScannerStatus` tells of a job. */
export interface JobStatus {
  readonly path: string
  readonly uuid: string
  readonly state: 'Processing' | 'Completed' | 'Canceled' | 'Aborted'
  readonly completed: number
  readonly toTransfer: number
  /** Seconds. */
  readonly age: number
}

/** `ScannerStatus` of the virtual MFP. */
export const statusDocument = (state: string, adfState: string, jobs: readonly JobStatus[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerStatus ${namespaces}>
<pwg:Version>2.63</pwg:Version><pwg:State>${state}</pwg:State><scan:AdfState>${adfState}</scan:AdfState>
<scan:Jobs>${jobs
    .map(
      (job) => `<scan:JobInfo><pwg:JobUri>${job.path}</pwg:JobUri><pwg:JobUuid>${job.uuid}</pwg:JobUuid>
<scan:Age>${job.age}</scan:Age><pwg:ImagesCompleted>${job.completed}</pwg:ImagesCompleted>
<pwg:ImagesToTransfer>${job.toTransfer}</pwg:ImagesToTransfer><pwg:JobState>${job.state}</pwg:JobState>
<pwg:JobStateReasons><pwg:JobStateReason>${jobReasons[job.state]}</pwg:JobStateReason></pwg:JobStateReasons></scan:JobInfo>`,
    )
    .join('')}</scan:Jobs>
</scan:ScannerStatus>`

const jobReasons: Record<JobStatus['state'], string> = {
  Processing: 'JobScanning',
  Completed: 'JobCompletedSuccessfully',
  Canceled: 'JobCanceledByUser',
  Aborted: 'AbortedBySystem',
}

/** Reads posted `ScanSettings`; `undefined` for what the device does not do, which it answers 400. */
export const readSettings = (document: string): ScanRequest | undefined => {
  const number = (name: string, otherwise: number): number => Number(element(document, name) ?? otherwise)
  const dpi = number('XResolution', 300)
  const request = {
    source: element(document, 'InputSource') === 'Feeder' ? ('Feeder' as const) : ('Platen' as const),
    x: number('XOffset', 0),
    y: number('YOffset', 0),
    width: number('Width', maxWidth),
    height: number('Height', maxHeight),
    dpi,
    colorMode: modes.find((mode) => mode === element(document, 'ColorMode')) ?? 'RGB24',
    format:
      element(document, 'DocumentFormat') === 'image/png' ? ('image/png' as const) : ('image/jpeg' as const),
  }
  const fits =
    request.width > 0 &&
    request.x + request.width <= maxWidth &&
    request.x >= 0 &&
    request.height > 0 &&
    request.y + request.height <= maxHeight &&
    request.y >= 0
  return fits && resolutions.some((one) => one === dpi) ? request : undefined
}

const modes = ['RGB24', 'Grayscale8', 'BlackAndWhite1'] as const

const element = (document: string, name: string): string | undefined =>
  new RegExp(`<(?:\\w+:)?${name}>\\s*([^<\\s]{1,100})\\s*<`).exec(document)?.[1]
