import type { Logger } from 'pino'
import { canonical } from '../../protocol/canonical.ts'
import type { ConfigurationLayer } from '../../protocol/configuration.ts'
import { layerFaults } from '../../protocol/configuration-check.ts'
import type { ReportedMessage } from '../../protocol/messages.ts'
import { isDeviceId } from '../../protocol/topics.ts'
import type { Broker } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Signer } from '../signing/signer.ts'
import type { Database } from '../store/database.ts'
import type { EventLog } from '../terminals/events.ts'
import type { Terminals } from '../terminals/terminals.ts'
import { Turns } from '../turns.ts'
import { isAbout, keyOf, type Place, wholeFleet } from './compose.ts'
import { createDesiredDelivery } from './delivery.ts'
import { type ConfigurationState, Desired, misfit } from './desired.ts'
import type { Change } from './difference.ts'
import type { ConfigurationDocument } from './documents.ts'
import { GroupStore } from './groups.ts'
import { type LayerName, LayerStore, type LayerVersion } from './layers.ts'

export interface ConfigurationsParts {
  readonly database: Database
  readonly broker: Broker
  readonly terminals: Pick<Terminals, 'list' | 'get' | 'watch'>
  /** Who signs what goes to the terminals, and tells when another key signs. */
  readonly signer: Signer & { watch?(watcher: () => void): () => void }
  /** Is told when a terminal refuses its document: nothing offers it the same one again. */
  readonly events: Pick<EventLog, 'note'>
  readonly clock: Clock
  readonly log: Logger
}

/** The wish for a new version of a layer. */
export interface LayerChange extends LayerName {
  readonly content: unknown
  /** The version that the writer has seen. */
  readonly base: number
  readonly actor: string
  readonly note?: string
  /** Only look what it would do. */
  readonly dryRun?: boolean
}

/** A version of a layer and what it changes at which terminals. */
export interface LayerOutcome {
  readonly layer: LayerVersion
  readonly terminals: readonly { readonly terminal: string; readonly changes: readonly Change[] }[]
}

const groupName = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u

/**
 * The layers of the configuration, and the documents that terminals should have by them.
 *
 * INVARIANTS: nothing that a terminal could not take is stored; changes happen one after another, each whole.
 */
export class Configurations {
  readonly #parts: ConfigurationsParts
  readonly #layerStore: LayerStore
  readonly #groupStore: GroupStore
  readonly #desired: Desired
  readonly #turns = new Turns()
  #layers: ReadonlyMap<string, LayerVersion> = new Map()
  #groups: readonly string[] = []
  #members: ReadonlyMap<string, string> = new Map()
  #stops: (() => void)[] = []

  constructor(parts: ConfigurationsParts) {
    const { database, clock } = parts
    this.#parts = parts
    this.#layerStore = new LayerStore(database)
    this.#groupStore = new GroupStore(database)
    this.#desired = new Desired(database, createDesiredDelivery(parts), () => clock.now())
  }

  /** Brings every document up to date and puts it on the wire again: the broker remembers nothing. */
  async start(): Promise<void> {
    const { terminals, signer } = this.#parts
    this.#layers = new Map((await this.#layerStore.newest()).map((layer) => [keyOf(layer), layer]))
    this.#groups = await this.#groupStore.names()
    this.#members = await this.#groupStore.memberships()
    await this.#desired.load()
    this.#stops = [
      terminals.watch(({ id, village }) => {
        if (this.#desired.place(id)?.village !== village) this.#noticed(id)
      }),
      signer.watch?.(() => this.#desired.republish()) ?? (() => {}),
    ]
    await this.#inTurn(async () => {
      for (const place of this.#places()) await this.#bringUpToDate(place)
    })
    this.#desired.republish()
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    await this.#turns.idle()
  }

  /** What every terminal should have and has, by id. */
  list(): ConfigurationState[] {
    return this.#parts.terminals.list().flatMap(({ id }) => this.#desired.state(id) ?? [])
  }

  /** What a terminal should have, which layer says so, and what it has. Throws `not-found`. */
  of(terminal: string): { readonly state: ConfigurationState; readonly document: ConfigurationDocument } {
    const state = this.#desired.state(terminal)
    const document = this.#desired.document(terminal)
    if (!state || !document) throw new ProblemError('not-found', 'There is no such terminal')
    return { state, document }
  }

  /** The documents that a terminal should have had, the newest first. */
  documents(terminal: string): Promise<ConfigurationDocument[]> {
    return this.#desired.history(terminal)
  }

  /** Looks at what terminals should have and have, until the returned function is called. */
  watch(onlooker: (state: ConfigurationState) => void): () => void {
    return this.#desired.watch(onlooker)
  }

  /** The newest version of every layer that anyone has written. */
  layers(): LayerVersion[] {
    return [...this.#layers.values()]
  }

  /** The newest version of a layer; nobody may have written it yet. */
  layer({ scope, name }: LayerName): LayerVersion {
    return this.#layers.get(keyOf({ scope, name })) ?? { scope, name, version: 0, content: {} }
  }

  /** Its versions, the newest first. */
  history(name: LayerName, limit: number): Promise<LayerVersion[]> {
    return this.#layerStore.history(name, limit)
  }

  /** One version of a layer. Throws `not-found`. */
  async version(name: LayerName, version: number): Promise<LayerVersion> {
    const found = await this.#layerStore.version(name, version)
    if (!found) throw new ProblemError('not-found', 'There is no such version')
    return found
  }

  /**
   * Writes a new version of a layer, unless its content is what it was. Throws `ProblemError`: `invalid` with what is
   * wrong at which path, `conflict` when the writer has seen another version than the newest.
   */
  async write({ scope, name, base, actor, note, dryRun, ...change }: LayerChange): Promise<LayerOutcome> {
    this.#checkName({ scope, name })
    const faults = layerFaults(change.content)
    if (faults.length > 0) throw misfit(faults)
    const content = change.content as ConfigurationLayer
    return this.#inTurn(async () => {
      const current = this.layer({ scope, name })
      if (current.version !== base) {
        throw new ProblemError('conflict', `The layer is at version ${current.version}, not ${base}`)
      }
      if (canonical(current.content) === canonical(content)) return { layer: current, terminals: [] }
      const at = this.#parts.clock.now()
      const version = base + 1
      const layer = { scope, name, version, content, actor, at, ...(note === undefined ? {} : { note }) }
      const layers = new Map(this.#layers).set(keyOf(layer), layer)
      const places = this.#places().filter((place) => isAbout(layer, place))
      const documents = this.#desired.composed(layers, places)
      const outcome = { layer, terminals: documents.map((document) => this.#desired.changesBy(document)) }
      if (dryRun) return outcome
      await this.#desired.keep(documents, places, async (transaction) => {
        await this.#layerStore.add(transaction, layer)
        if (scope === 'group') await this.#groupStore.add(transaction, name, at)
      })
      this.#layers = layers
      if (scope === 'group') this.#knowGroup(name)
      return outcome
    })
  }

  /** Every group and who is in it. */
  groups(): { name: string; terminals: string[] }[] {
    const members = [...this.#members]
    return this.#groups.map((name) => ({
      name,
      terminals: members.flatMap(([terminal, group]) => (group === name ? [terminal] : [])).sort(),
    }))
  }

  /** Puts a terminal into a group, out of its former one; without a group it is in none. Throws `ProblemError`. */
  async move(terminal: string, group: string | undefined): Promise<ConfigurationState> {
    this.#checkName({ scope: 'terminal', name: terminal })
    if (group !== undefined) this.#checkName({ scope: 'group', name: group })
    return this.#inTurn(async () => {
      const members = new Map(this.#members)
      members.delete(terminal)
      if (group !== undefined) members.set(terminal, group)
      const places = this.#places(members).filter((place) => place.terminal === terminal)
      const documents = this.#desired.composed(this.#layers, places)
      await this.#desired.keep(documents, places, async (transaction) => {
        if (group !== undefined) await this.#groupStore.add(transaction, group, this.#parts.clock.now())
        await this.#groupStore.move(transaction, terminal, group)
      })
      this.#members = members
      if (group !== undefined) this.#knowGroup(group)
      return this.of(terminal).state
    })
  }

  /** Takes a terminal out of this group. Throws `conflict` when it is not in it. */
  async leave(terminal: string, group: string): Promise<ConfigurationState> {
    if (this.#members.get(terminal) !== group) {
      throw new ProblemError('conflict', 'The terminal is not in this group')
    }
    return this.move(terminal, undefined)
  }

  /** Takes in what a terminal says that it has; resolves when it is in the store. */
  async reported(terminal: string, message: ReportedMessage): Promise<void> {
    const { version, hash, status, newest, errors } = message
    const said = {
      ...{ version, hash, errors },
      ...(status === undefined ? {} : { status }),
      ...(newest === undefined ? {} : { newest }),
    }
    const outcome = await this.#inTurn(async () => {
      const about = this.#desired.refusal(terminal, said)
      const detail = errors.map(({ path, text }) => `${path} ${text}`.trim()).join('; ')
      // Before it is known as told, so that a crash tells it twice rather than not at all.
      if (about) {
        await this.#parts.events.note(terminal, 'configuration-refused', {
          about,
          detail: detail.slice(0, 200),
        })
      }
      return this.#desired.reported(terminal, said)
    })
    if (outcome === 'overtaken') {
      this.#parts.log.warn({ terminal }, 'a terminal had seen a newer configuration than the fleet knew')
    }
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    return this.#turns.take('configuration', act)
  }

  #places(members = this.#members): Place[] {
    return this.#parts.terminals.list().map(({ id, village }) => {
      const group = members.get(id)
      return { terminal: id, village, ...(group === undefined ? {} : { group }) }
    })
  }

  #noticed(terminal: string): void {
    this.#inTurn(async () => {
      const place = this.#places().find((each) => each.terminal === terminal)
      if (place) await this.#bringUpToDate(place)
    }).catch((error: unknown) => {
      this.#parts.log.error({ err: error, terminal }, 'the configuration of a terminal could not be made')
    })
  }

  /** A document that would not fit leaves the terminal with the one that it has. */
  async #bringUpToDate(place: Place): Promise<void> {
    let documents: ConfigurationDocument[] = []
    try {
      documents = this.#desired.composed(this.#layers, [place])
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      this.#parts.log.error(
        { err: error, terminal: place.terminal },
        'the layers of a terminal do not fit together',
      )
    }
    await this.#desired.keep(documents, [place])
  }

  #knowGroup(name: string): void {
    this.#groups = [...new Set([...this.#groups, name])].sort()
  }

  #checkName({ scope, name }: LayerName): void {
    const fits = {
      fleet: () => name === wholeFleet,
      group: () => groupName.test(name),
      village: () => name.length > 0 && name.length <= 100,
      terminal: () => isDeviceId(name),
    }
    if (!fits[scope]()) throw new ProblemError('invalid', `This is no name of a ${scope}`)
    if (scope === 'terminal' && !this.#parts.terminals.get(name)) {
      throw new ProblemError('not-found', 'There is no such terminal')
    }
  }
}
