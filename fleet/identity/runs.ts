import type { PresenceMessage } from '../../protocol/messages.ts'

/** So many earlier runs of one terminal are remembered. */
const remembered = 32

/**
 * Finds two programs that take turns with one identity. A program names its run, made anew at its start, in each birth
 * message. A run that was followed by another one has ended, and no restart brings it back: when it speaks again, two
 * programs are alive. Neither a change of address nor any number of restarts looks like that.
 */
export class Runs {
  /** Of each device the runs in the order of their first birth message; the last one is in use. */
  readonly #runs = new Map<string, string[]>()

  /** Looks at a birth message; true when a run came back that another one had followed. */
  cameBack(device: string, { state, run }: PresenceMessage): boolean {
    if (state !== 'online') return false
    const runs = this.#runs.get(device) ?? []
    if (runs.at(-1) === run) return false
    this.#runs.set(device, [...runs.filter((other) => other !== run), run].slice(-remembered))
    return runs.includes(run)
  }

  /** Forgets a terminal, which may then begin anew. */
  forget(device: string): void {
    this.#runs.delete(device)
  }
}
