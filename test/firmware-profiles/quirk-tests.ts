import type { QuirkName } from '../../protocol/quirks.ts'

const escl = 'test/agent/capabilities/scanner/escl-quirks.test.ts'
const ipp = 'test/agent/capabilities/printer/ipp-quirks.test.ts'
const ippUsb = 'test/agent/devices/ipp-usb/ipp-usb.test.ts'

/**
 * The test that shows how a driver copes with a device that misbehaves this way, for each quirk of the closed list.
 * The test's text names the quirk.
 */
export const quirkTests: Readonly<Record<QuirkName, string>> = {
  nextDocumentDelay: escl,
  sniffFormat: escl,
  errorBodyWith200: escl,
  keepAlive: escl,
  busyRetry: escl,
  dpiExcluded: escl,
  feederDpiMax: escl,
  widthMax: escl,
  greyOnly: ipp,
  panelPress: escl,
  wsdOnly: escl,
  noWsd: 'test/agent/profiles/sane-configuration.test.ts',
  hangsAfterCancel: 'test/agent/capabilities/scanner/sane-quirks.test.ts',
  userNameWithoutBackslash: ipp,
  restartIppUsbAfterReplug: ippUsb,
  usbBlacklistedInIppUsb: 'test/agent/profiles/choice.test.ts',
  maxInterfaces: ippUsb,
  initReset: ippUsb,
}
