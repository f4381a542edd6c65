import type { ScannerDescription } from '../../../protocol/capabilities/scanner.ts'
import type { CapabilityReport } from '../../../protocol/messages.ts'
import { PrinterLevels } from '../expert/printer-levels.tsx'
import { isAvailable, printerSign, type Sign, scannerSign } from '../expert/terminal-state.ts'
import { useTerminal } from './context.ts'
import { isTerminalTextKey } from './texts.ts'

const Scanner = ({ scanner }: { readonly scanner: ScannerDescription }) => {
  const { t } = useTerminal()
  return (
    <>
      <p>
        {[scanner.vendor, scanner.model].filter(Boolean).join(' ')}{' '}
        <span class="small">{t('device.driver', { driver: scanner.driver })}</span>
      </p>
      <ul class="small">
        {scanner.sources.map(({ source, dpi, modes, width, height }) => (
          <li key={source}>
            {t('device.source', {
              source: t(`source.${source}`),
              dpi: dpi.join(', '),
              modes: modes.map((mode) => t(`mode.${mode}`)).join(', '),
              width: Math.round(width),
              height: Math.round(height),
            })}
          </li>
        ))}
      </ul>
    </>
  )
}

const Printer = ({ report }: { readonly report: CapabilityReport }) => {
  const { t } = useTerminal()
  const { printer } = report
  if (printer === undefined) return null
  const abilities = [
    t(printer.colour ? 'device.colour' : 'device.grey'),
    t(printer.duplex ? 'device.duplex' : 'device.simplex'),
    printer.pagesPerMinute === undefined ? '' : t('device.speed', { count: printer.pagesPerMinute }),
  ]
  return (
    <>
      <p>
        {printer.makeAndModel} <span class="small">{t('device.driver', { driver: printer.driver })}</span>
      </p>
      <p class="small">{abilities.filter(Boolean).join(', ')}</p>
      <PrinterLevels report={report} t={t} />
    </>
  )
}

const Capability = ({ name, report }: { readonly name: string; readonly report: CapabilityReport }) => {
  const { t, terminal } = useTerminal()
  const key = `capability.${name}`
  const there = isAvailable(terminal)
  const plain = (): Sign => {
    if (!there) return { tone: 'quiet', text: t(`terminal.state.${terminal.state}`) }
    if (!report.present) return { tone: 'quiet', text: t('capability.absent') }
    return report.ok
      ? { tone: 'good', text: t('capability.works') }
      : { tone: 'bad', text: t('capability.fails') }
  }
  const signs: Readonly<Record<string, () => Sign>> = {
    scanner: () => scannerSign(terminal, t),
    printer: () => printerSign(terminal, t),
  }
  const sign = (signs[name] ?? plain)()
  return (
    <li>
      <div class="row wraps">
        <h3 class="grow">{isTerminalTextKey(key) ? t(key) : name}</h3>
        <span class={`state ${sign.tone}`}>{sign.text}</span>
      </div>
      {report.detail && <p class="small note">{report.detail}</p>}
      {report.scanner !== undefined && <Scanner scanner={report.scanner} />}
      <Printer report={report} />
    </li>
  )
}

/** What the terminal can do, with which devices, and which profiles describe them. */
export const Devices = () => {
  const { t, terminal } = useTerminal()
  const { capabilities, profiles } = terminal
  const reports = Object.entries(capabilities)
  return (
    <section class="card panel devices" aria-labelledby="devices-title">
      <h2 id="devices-title">{t('devices.title')}</h2>
      {reports.length === 0 && <p class="small">{t('devices.none')}</p>}
      <ul class="entries">
        {reports.map(([name, report]) => (
          <Capability key={name} name={name} report={report} />
        ))}
      </ul>
      {profiles !== undefined && (
        <dl class="facts small">
          <dt>{t('profile.terminal')}</dt>
          <dd>{profiles.terminal}</dd>
          {profiles.mfp !== undefined && (
            <>
              <dt>{t('profile.mfp')}</dt>
              <dd>{profiles.mfp}</dd>
            </>
          )}
          {profiles.refused !== undefined && (
            <>
              <dt>{t('profile.refused')}</dt>
              <dd>{profiles.refused}</dd>
            </>
          )}
        </dl>
      )}
      {profiles?.unknown === true && <p class="notice warn">{t('profile.unknown')}</p>}
    </section>
  )
}
