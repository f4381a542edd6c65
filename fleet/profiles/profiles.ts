import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { canonical } from '../../protocol/canonical.ts'
import { maxEditionBytes, type ProfileKind, type ProfilesReference } from '../../protocol/firmware-profile.ts'
import { type ProfileFile, readProfileFiles } from '../../provisioning/built-in-profiles.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import { Turns } from '../turns.ts'
import { checkProfile, sharedSign } from './check.ts'
import { editionOfShelf, type KeptProfile, keyOf, type Shelf } from './shelf.ts'

export interface ProfilesParts {
  readonly database: Database
  readonly clock: Pick<Clock, 'now'>
  /** Reads the profiles of the release. */
  readonly release?: () => Promise<readonly ProfileFile[]>
}

/**
 * The firmware profiles of the fleet: those of its release, and those that people added or put in their place.
 * INVARIANTS: no two fit the same device; an edition that was ever named stays, so that terminals can go back to it.
 */
export class Profiles {
  readonly #parts: ProfilesParts
  readonly #turns = new Turns()
  #release: Shelf = new Map()
  #shelf: Shelf = new Map()
  #edition = ''

  constructor(parts: ProfilesParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    const files = await (this.#parts.release ?? readProfileFiles)()
    const release = new Map<string, KeptProfile>()
    for (const { kind, slug, content } of files) {
      const profile = checkProfile({ kind, slug }, content, release)
      release.set(keyOf({ kind, slug }), { kind, slug, profile, origin: 'release', version: 0 })
    }
    this.#release = release
    await this.#change(await this.#withOwn(release))
  }

  async stop(): Promise<void> {
    await this.#turns.idle()
  }

  /** The newest edition: all profiles as they are now. */
  get reference(): ProfilesReference {
    return { sha256: this.#edition }
  }

  /** Every profile, sorted. */
  list(): KeptProfile[] {
    return [...this.#shelf.values()].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
  }

  get(kind: ProfileKind, slug: string): KeptProfile | undefined {
    return this.#shelf.get(keyOf({ kind, slug }))
  }

  /** Adds a profile or puts it in the place of another; a new edition comes of it. Throws `ProblemError`. */
  async put(kind: ProfileKind, slug: string, content: unknown, actor: string): Promise<KeptProfile> {
    return this.#inTurn(async () => {
      const profile = checkProfile({ kind, slug }, content, this.#shelf)
      const version = await this.#keep(kind, slug, canonical(profile), actor)
      const kept: KeptProfile = { kind, slug, profile, origin: 'fleet', version }
      await this.#change(new Map(this.#shelf).set(keyOf(kept), kept))
      return kept
    })
  }

  /** Takes away a profile of the fleet; that of the release, where there is one, holds again. Throws `ProblemError`. */
  async remove(kind: ProfileKind, slug: string, actor: string): Promise<void> {
    await this.#inTurn(async () => {
      const kept = this.get(kind, slug)
      if (kept?.origin !== 'fleet')
        throw new ProblemError('not-found', 'The fleet has no such profile of its own')
      const next = new Map(this.#shelf)
      next.delete(keyOf(kept))
      const before = this.#release.get(keyOf(kept))
      // Another one of the fleet may have taken its signs meanwhile.
      if (before) next.set(keyOf(kept), { ...before, profile: checkProfile(before, before.profile, next) })
      await this.#keep(kind, slug, null, actor)
      await this.#change(next)
    })
  }

  /** Whether there is such an edition, now or before. */
  async has(sha256: string): Promise<boolean> {
    return (await this.#editionText(sha256)) !== undefined
  }

  /** An edition's canonical text, gzipped; `undefined` when there never was one of this name. */
  async packed(sha256: string): Promise<Buffer | undefined> {
    const text = await this.#editionText(sha256)
    return text === undefined ? undefined : promisify(gzip)(text)
  }

  async #editionText(sha256: string): Promise<string | undefined> {
    const row = await this.#parts.database
      .selectFrom('profile_editions')
      .select('content')
      .where('sha256', '=', sha256)
      .executeTakeFirst()
    return row?.content
  }

  async #withOwn(release: Shelf): Promise<Shelf> {
    const shelf = new Map(release)
    const rows = await this.#parts.database.selectFrom('profiles').selectAll().orderBy('version').execute()
    const newest = new Map(rows.map((row) => [keyOf(row), row]))
    for (const [key, { kind, slug, version, content }] of newest) {
      if (content === null) continue
      const profile = JSON.parse(content) as KeptProfile['profile']
      // A later release may know the same model by another name: what people of the fleet made goes before.
      for (const other of shelf.values()) {
        if (other.kind === kind && sharedSign(kind, profile, other.profile) !== undefined)
          shelf.delete(keyOf(other))
      }
      shelf.set(key, { kind, slug, profile, origin: 'fleet', version })
    }
    return shelf
  }

  async #keep(kind: ProfileKind, slug: string, content: string | null, actor: string): Promise<number> {
    const { database, clock } = this.#parts
    return database.transaction().execute(async (store) => {
      const last = await store
        .selectFrom('profiles')
        .select('version')
        .where('kind', '=', kind)
        .where('slug', '=', slug)
        .orderBy('version', 'desc')
        .executeTakeFirst()
      const version = (last?.version ?? 0) + 1
      const row = { kind, slug, version, content, actor, changed_at: clock.now() }
      await store.insertInto('profiles').values(row).execute()
      return version
    })
  }

  async #change(shelf: Shelf): Promise<void> {
    const { database, clock } = this.#parts
    const content = canonical(editionOfShelf(shelf))
    if (Buffer.byteLength(content) > maxEditionBytes)
      throw new ProblemError('too-large', 'There are too many profiles')
    const sha256 = createHash('sha256').update(content).digest('hex')
    await database
      .insertInto('profile_editions')
      .values({ sha256, content, made_at: clock.now() })
      .onConflict((conflict) => conflict.column('sha256').doNothing())
      .execute()
    this.#shelf = shelf
    this.#edition = sha256
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    return this.#turns.take('profiles', act)
  }
}
