const namespaces =
  'xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm"'

/** Capabilities with all that devices are known to write: shared profiles, ranges, foreign elements. */
export const capabilities = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a device of two kinds of profiles -->
<scan:ScannerCapabilities ${namespaces} xmlns:other="urn:other">
  <pwg:Version>2.63</pwg:Version>
  <pwg:MakeAndModel>Example MFP 3000 &amp; Co</pwg:MakeAndModel>
  <scan:Manufacturer>Example</scan:Manufacturer>
  <pwg:SerialNumber>X0001</pwg:SerialNumber>
  <scan:UUID>4509a320-0060-00d0-006a-0055f5b0cd31</scan:UUID>
  <other:Extension><pwg:Version>9</pwg:Version></other:Extension>
  <scan:SettingProfiles>
    <scan:SettingProfile name="photo">
      <scan:ColorModes><scan:ColorMode>RGB24</scan:ColorMode><scan:ColorMode>Sepia</scan:ColorMode></scan:ColorModes>
      <scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat></scan:DocumentFormats>
      <scan:SupportedResolutions>
        <scan:DiscreteResolutions>
          <scan:DiscreteResolution><scan:XResolution>600</scan:XResolution><scan:YResolution>600</scan:YResolution></scan:DiscreteResolution>
          <scan:DiscreteResolution><scan:XResolution>1200</scan:XResolution><scan:YResolution>1200</scan:YResolution></scan:DiscreteResolution>
          <scan:DiscreteResolution><scan:XResolution>300</scan:XResolution><scan:YResolution>300</scan:YResolution></scan:DiscreteResolution>
          <scan:DiscreteResolution><scan:XResolution>150</scan:XResolution><scan:YResolution>75</scan:YResolution></scan:DiscreteResolution>
        </scan:DiscreteResolutions>
      </scan:SupportedResolutions>
    </scan:SettingProfile>
  </scan:SettingProfiles>
  <scan:Platen>
    <scan:PlatenInputCaps>
      <scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>2550</scan:MaxWidth>
      <scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>3508</scan:MaxHeight>
      <scan:SettingProfiles><scan:SettingProfile ref="photo"/></scan:SettingProfiles>
    </scan:PlatenInputCaps>
  </scan:Platen>
  <scan:Adf>
    <scan:AdfSimplexInputCaps>
      <scan:MinWidth>300</scan:MinWidth><scan:MaxWidth>2550</scan:MaxWidth>
      <scan:MinHeight>300</scan:MinHeight><scan:MaxHeight>4200</scan:MaxHeight>
      <scan:SettingProfiles><scan:SettingProfile>
        <scan:ColorModes><scan:ColorMode> Grayscale8 </scan:ColorMode></scan:ColorModes>
        <scan:DocumentFormats><pwg:DocumentFormat>application/pdf</pwg:DocumentFormat><scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt></scan:DocumentFormats>
        <scan:SupportedResolutions><scan:ResolutionRange>
          <scan:XResolutionRange><scan:Min>100</scan:Min><scan:Max>400</scan:Max><scan:Normal>200</scan:Normal><scan:Step>50</scan:Step></scan:XResolutionRange>
          <scan:YResolutionRange><scan:Min>100</scan:Min><scan:Max>400</scan:Max><scan:Normal>200</scan:Normal><scan:Step>50</scan:Step></scan:YResolutionRange>
        </scan:ResolutionRange></scan:SupportedResolutions>
      </scan:SettingProfile></scan:SettingProfiles>
    </scan:AdfSimplexInputCaps>
  </scan:Adf>
</scan:ScannerCapabilities>`

export const status = `<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerStatus ${namespaces}>
  <pwg:Version>2.63</pwg:Version>
  <pwg:State>Processing</pwg:State>
  <scan:AdfState>ScannerAdfProcessing</scan:AdfState>
  <scan:Jobs>
    <scan:JobInfo>
      <pwg:JobUri>/eSCL/ScanJobs/17</pwg:JobUri><pwg:JobUuid>17</pwg:JobUuid><scan:Age>3</scan:Age>
      <pwg:ImagesCompleted>2</pwg:ImagesCompleted><pwg:ImagesToTransfer>1</pwg:ImagesToTransfer>
      <pwg:JobState>Processing</pwg:JobState>
      <pwg:JobStateReasons><pwg:JobStateReason>JobScanning</pwg:JobStateReason></pwg:JobStateReasons>
    </scan:JobInfo>
    <scan:JobInfo>
      <pwg:JobUri>/eSCL/ScanJobs/16</pwg:JobUri><pwg:JobState>Vanished</pwg:JobState>
    </scan:JobInfo>
  </scan:Jobs>
</scan:ScannerStatus>`
