import type { MfpProfile } from '../../protocol/firmware-profile.ts'
import type { AgentConfig } from '../config.ts'
import { browse } from './mdns.ts'
import type { Places } from './surroundings.ts'

/** Where to look by this configuration, and by what is known of these models. */
export const placesOf = ({ scanner, printer, mfpHost }: AgentConfig, mfps: readonly MfpProfile[]): Places => {
  const escl = mfps.flatMap(({ scan }) =>
    (scan?.ways ?? []).flatMap((way) =>
      way.way === 'escl' && way.over === 'network' ? [`${way.port ?? 80}${way.path ?? '/eSCL/'}`] : [],
    ),
  )
  const ipp = mfps.flatMap(({ print }) =>
    (print?.ways ?? []).flatMap((way) =>
      way.way === 'ipp' && way.over === 'network' ? [way.uri ?? 'ipp://{host}/ipp/print'] : [],
    ),
  )
  return {
    ...(scanner.url === undefined ? {} : { scannerUrl: scanner.url }),
    ...(printer.uri === undefined ? {} : { printerUri: printer.uri }),
    ...(mfpHost === undefined ? {} : { host: mfpHost }),
    ...(scanner.driver === 'auto' || printer.driver === 'auto' ? { browse } : {}),
    esclPlaces: [...new Set(escl)],
    ippPatterns: [...new Set(ipp)],
  }
}
