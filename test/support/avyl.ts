import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { avyl, type Surroundings } from '../../fleet/cli/avyl.ts'

/** What a run of `avyl` came to. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `avyl` within the test, in English unless `LANG` says another language; nobody presses Ctrl-C unless told. */
export const runAvyl = async (
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  around: Partial<Pick<Surroundings, 'input' | 'onInterrupt'>> = {},
): Promise<Ended> => {
  const [output, errors] = [new PassThrough(), new PassThrough()]
  const told = Promise.all([text(output), text(errors)])
  const code = await avyl(args, {
    environment: { LANG: 'en_GB.UTF-8', ...environment },
    ...{ output, errors },
    onInterrupt: () => () => {},
    ...around,
  })
  output.end()
  errors.end()
  const [out, err] = await told
  return { code, out, err }
}
