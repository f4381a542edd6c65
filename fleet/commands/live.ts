import { isFinal, type Progress } from '../../protocol/messages.ts'
import type { Band, Command } from '../api/schemas.ts'

/** What happens to one command, as it happens. */
export type Happening =
  | { readonly kind: 'state'; readonly command: Command }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'band'; readonly band: Band }
  | { readonly kind: 'log'; readonly lines: readonly string[] }

export type Follower = (happening: Happening) => void

/** The most that is kept of a page that is being scanned, in characters of base64. */
const keptCharacters = 2 * 1024 * 1024
/** The most that is kept of log lines, in characters: what a terminal keeps of its newest ones. */
const keptLogCharacters = 128 * 1024

/** Tells followers what happens to commands, and keeps the bands of a page that is being scanned, and the newest lines of a log that is shown. */
export class LiveCommands {
  readonly #followers = new Map<string, Set<Follower>>()
  readonly #onlookers = new Set<(command: Command) => void>()
  readonly #bands = new Map<string, Band[]>()
  readonly #lines = new Map<string, string[]>()

  /** Follows one command until the returned function is called. */
  follow(id: string, follower: Follower): () => void {
    const followers = this.#followers.get(id) ?? new Set()
    this.#followers.set(id, followers.add(follower))
    return () => {
      followers.delete(follower)
      if (followers.size === 0) this.#followers.delete(id)
    }
  }

  /** Looks at the states of all commands until the returned function is called. */
  watch(onlooker: (command: Command) => void): () => void {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  /** The bands so far of the page that is being scanned. */
  bands(id: string): readonly Band[] {
    return this.#bands.get(id) ?? []
  }

  /** The log lines so far, the newest of them. */
  lines(id: string): readonly string[] {
    return this.#lines.get(id) ?? []
  }

  /** Whether anybody follows a command. */
  isFollowed(id: string): boolean {
    return this.#followers.has(id)
  }

  /** The command is in a new state. */
  state(command: Command): void {
    if (isFinal(command.state)) {
      this.#bands.delete(command.id)
      this.#lines.delete(command.id)
    }
    this.#tell(command.id, { kind: 'state', command })
    for (const onlooker of this.#onlookers) onlooker(command)
  }

  /** The command is further. */
  progress(id: string, progress: Progress): void {
    this.#tell(id, { kind: 'progress', progress })
  }

  /** Another band of the page that is being scanned; a new page takes the place of the one before. */
  band(id: string, band: Band): void {
    const before = (this.#bands.get(id) ?? []).filter((kept) => kept.page === band.page)
    const characters = before.reduce((sum, kept) => sum + kept.jpeg.length, band.jpeg.length)
    if (characters <= keptCharacters) this.#bands.set(id, [...before, band])
    this.#tell(id, { kind: 'band', band })
  }

  /** More lines of the log. */
  log(id: string, lines: readonly string[]): void {
    const all = [...(this.#lines.get(id) ?? []), ...lines]
    let characters = all.reduce((sum, line) => sum + line.length, 0)
    while (characters > keptLogCharacters) characters -= all.shift()?.length ?? characters
    this.#lines.set(id, all)
    this.#tell(id, { kind: 'log', lines })
  }

  #tell(id: string, happening: Happening): void {
    for (const follower of this.#followers.get(id) ?? []) follower(happening)
  }
}
