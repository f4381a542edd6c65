import { readdir, readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import type { Probe } from './camera.ts'

/** How it is seen that the kiosk's browser is alive; all that is named has to hold. */
export interface KioskSigns {
  /** The name of its process, as in `comm` (proc(5)). */
  readonly process?: string
  /** The port of its DevTools protocol on the loopback. */
  readonly devtoolsPort?: number
}

/** The kernel keeps so many characters of a process's name. */
const commLength = 15
const answerMs = 3000

/** Whether a process of this number has this name and is neither dead nor stopped: `stat` holds "pid (comm) state …". */
const isAlive = async (proc: string, pid: string, name: string): Promise<boolean> => {
  const stat = await readFile(join(proc, pid, 'stat'), 'latin1').catch(() => '')
  const [, comm, state] = /^\d+ \((.*)\) ([A-Za-z])/s.exec(stat) ?? []
  return comm === name && !'ZXxTt'.includes(state ?? 'X')
}

const processSign = (name: string, proc: string): ((signal: AbortSignal) => Promise<boolean>) => {
  const short = name.slice(0, commLength)
  let known: string | undefined
  return async () => {
    if (known !== undefined && (await isAlive(proc, known, short))) return true
    known = undefined
    for (const pid of await readdir(proc).catch((): string[] => [])) {
      if (!/^\d+$/.test(pid) || !(await isAlive(proc, pid, short))) continue
      known = pid
      return true
    }
    return false
  }
}

/** Whether the browser answers: a process may be there and hang. */
const devtoolsAnswers = (port: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
    const asking = request(
      { host: '127.0.0.1', port, path: '/json/version', agent: false, signal: limit },
      (answer) => {
        resolve(answer.statusCode === 200)
        answer.destroy()
      },
    )
    asking.once('error', () => resolve(false))
    asking.end()
  })

/** Whether the kiosk's browser is alive. Nothing is known of a terminal without signs of it. */
export const kioskProbe = (signs: KioskSigns, proc = '/proc'): Probe => {
  const { process: name, devtoolsPort } = signs
  const runs = name === undefined ? undefined : processSign(name, proc)
  return async (signal) => {
    if (runs === undefined && devtoolsPort === undefined) return undefined
    if (runs && !(await runs(signal))) return { present: true, ok: false, detail: 'The browser does not run' }
    if (devtoolsPort !== undefined && !(await devtoolsAnswers(devtoolsPort, signal))) {
      return { present: true, ok: false, detail: 'The browser does not answer' }
    }
    return { present: true, ok: true }
  }
}
