import type { QuirkName } from '../../protocol/quirks.ts'

const scannerLimits = 'test/agent/capabilities/scanner/model-limits.test.ts'
const choice = 'test/agent/profiles/choice.test.ts'

/**
 * The test that shows how a driver copes with a device that misbehaves this way, for each quirk of the closed list.
 * The test's text names the quirk.
 */
export const quirkTests: Readonly<Partial<Record<QuirkName, string>>> = {
  dpiExcluded: scannerLimits,
  feederDpiMax: scannerLimits,
  widthMax: scannerLimits,
  panelPress: scannerLimits,
  wsdOnly: scannerLimits,
  noWsd: 'test/agent/profiles/sane-configuration.test.ts',
  usbBlacklistedInIppUsb: choice,
}
