import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CommandError } from '../../protocol/errors.ts'
import type { CommandContext } from '../capability.ts'

const restartMs = 25_000

/**
 * Has systemd restart the unit of the kiosk's browser. Throws `CommandError`: `unsupported` where no unit is configured,
 * `device-fault` when systemd does not do it, or the signal's reason.
 */
export const restartKiosk = async (
  unit: string | undefined,
  { signal, effectBegins }: Pick<CommandContext, 'signal' | 'effectBegins'>,
  program = 'systemctl',
): Promise<void> => {
  if (unit === undefined) throw new CommandError('unsupported', 'No unit of the kiosk is configured')
  await effectBegins()
  try {
    await promisify(execFile)(program, ['restart', '--', unit], {
      signal,
      timeout: restartMs,
      maxBuffer: 64 * 1024,
    })
  } catch (cause) {
    signal.throwIfAborted()
    throw new CommandError('device-fault', 'The browser of the kiosk could not be restarted', { cause })
  }
}
