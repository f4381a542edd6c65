import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useOps } from './context.ts'
import { terminalPage } from './place.ts'
import { StateSign } from './row-parts.tsx'
import type { Row } from './rows.ts'
import { Told } from './told.tsx'
import type { Spot, VillageMap } from './village-map.ts'

/** So many villages are listed beside the map; the rest is found by its name. */
const most = 60

/** The terminals of each village, the worst first, as the rows come. */
const byVillage = (rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> =>
  Map.groupBy(
    rows.filter(({ terminal }) => terminal.village !== ''),
    ({ village }) => village,
  )

/** Tells of a village in nodes: nothing that a terminal says becomes markup. */
const nodesOf = (village: string, rows: readonly Row[], word: (row: Row) => string): HTMLElement => {
  const told = document.createElement('div')
  const name = document.createElement('strong')
  name.textContent = village
  told.append(name)
  for (const row of rows) {
    const link = document.createElement('a')
    link.href = terminalPage(row.id)
    link.className = `state ${row.tone}`
    link.textContent = word(row)
    told.append(link)
  }
  return told
}

/** The villages where they are, and the same as a list for those who do not see a map. */
export const MapView = () => {
  const { t, rows, state, language } = useOps()
  const box = useRef<HTMLElement>(null)
  const [map, setMap] = useState<VillageMap | undefined>()
  const [wanted, setWanted] = useState('')
  const groups = useMemo(() => byVillage(rows), [rows])
  const word = (row: Row): string => t(`terminal.state.${row.terminal.state}`)
  const latest = useRef({ groups, word })
  latest.current = { groups, word }

  const spots = useMemo(
    () =>
      [...groups].flatMap(([village, [worst]]): Spot[] => {
        const { latitude, longitude } = state.villages[village] ?? {}
        if (latitude === undefined || longitude === undefined || worst === undefined) return []
        return [{ village, latitude, longitude, tone: worst.tone }]
      }),
    [groups, state.villages],
  )
  useEffect(() => {
    let made: VillageMap | undefined
    let gone = false
    void import('./village-map.ts').then(({ createVillageMap }) => {
      if (gone || box.current === null) return
      made = createVillageMap({
        ...{ element: box.current, language },
        zoomIn: t('ops.map.zoom-in'),
        zoomOut: t('ops.map.zoom-out'),
        tell: (village) => nodesOf(village, latest.current.groups.get(village) ?? [], latest.current.word),
      })
      setMap(made)
    })
    return () => {
      gone = true
      made?.stop()
      setMap(undefined)
    }
  }, [language])
  useEffect(() => map?.show(spots), [map, spots])

  const placed = new Set(spots.map(({ village }) => village))
  const text = wanted.trim().toLocaleLowerCase('ru')
  const found = [...groups].filter(([village]) => village.toLocaleLowerCase('ru').includes(text))
  const unplaced = groups.size - placed.size
  return (
    <main class="map-view">
      <aside class="card" aria-labelledby="map-title">
        <h2 id="map-title">{t('ops.map.title')}</h2>
        <input
          class="text"
          type="search"
          placeholder={t('ops.map.find')}
          aria-label={t('ops.map.find')}
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
        {found.length === 0 && <p class="small well">{t('ops.map.none')}</p>}
        <ul class="entries">
          {found.slice(0, most).map(([village, [worst]]) => (
            <li key={village}>
              <button
                type="button"
                class="plain"
                disabled={!placed.has(village)}
                onClick={() => map?.visit(village)}
              >
                <Told text={village} class="grow" />
                {worst !== undefined && <StateSign row={worst} />}
              </button>
            </li>
          ))}
        </ul>
        {found.length > most && (
          <p class="small well">{t('ops.list.more', { count: found.length - most })}</p>
        )}
        <p class="small well">
          {unplaced > 0 && `${t('ops.map.unplaced', { count: unplaced })}. `}
          {t('ops.map.about')}
        </p>
      </aside>
      <section class="card map" ref={box} aria-label={t('ops.map.title')} />
    </main>
  )
}
