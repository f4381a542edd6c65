import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The folder of the sources. */
export const sources = fileURLToPath(new URL('../..', import.meta.url))

/** The time of everything that is packed, in seconds since 1970. */
export const commitTime = async (): Promise<number> => {
  const told = Number(process.env.SOURCE_DATE_EPOCH)
  if (Number.isSafeInteger(told) && told > 0) return told
  const { stdout } = await run('git', ['-C', sources, 'log', '-1', '--format=%ct'])
  return Number(stdout)
}

/** The folders of the npm packages that a workspace needs when it runs, below `node_modules`. */
export const modulesOf = async (workspace: 'agent' | 'fleet'): Promise<readonly string[]> => {
  const { stdout } = await run(
    'npm',
    ['ls', '--workspace', workspace, '--omit=dev', '--all', '--parseable', '--prefix', sources],
    { cwd: sources, maxBuffer: 16 * 1024 * 1024 },
  )
  return stdout
    .split('\n')
    .map((path) => path.slice(sources.length))
    .filter((path) => path.startsWith('node_modules/') && !path.startsWith('node_modules/@avyl/'))
}
