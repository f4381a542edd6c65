import 'leaflet/dist/leaflet.css'
import { canvas, control, divIcon, geoJSON, type LatLngBounds, map as leafletMap, marker } from 'leaflet'
import type { Tone } from '../expert/terminal-state.ts'
import type { Language } from '../i18n/texts.ts'
import { StateMarker } from './state-marker.ts'
import tatarstan from './tatarstan.json' with { type: 'json' }

/** A village as the map shows it. */
export interface Spot {
  readonly village: string
  readonly latitude: number
  readonly longitude: number
  readonly tone: Tone
}

interface Parts {
  readonly element: HTMLElement
  readonly zoomIn: string
  readonly zoomOut: string
  readonly language: Language
  /** What is told of a village: nodes, never markup. */
  readonly tell: (village: string) => HTMLElement
}

/** A map with nothing from outside: the outline is ours, the villages are drawn on one canvas. */
export interface VillageMap {
  show(spots: readonly Spot[]): void
  /** Brings a village into sight and tells of it. */
  visit(village: string): void
  stop(): void
}

const land = tatarstan as Parameters<typeof geoJSON>[0]
const kindOf = (properties: unknown): string => (properties as { readonly kind: string }).kind

const colours = () => {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string): string => style.getPropertyValue(name).trim()
  return {
    ...{ card: of('--card'), edge: of('--edge-strong'), water: of('--water'), page: of('--page') },
    ...{ good: of('--good'), warn: of('--warn-mark'), bad: of('--bad'), quiet: of('--quiet') },
  }
}

const radii: Readonly<Record<Tone, number>> = { good: 5, quiet: 5, warn: 7, bad: 8 }

const townMark = (name: string): HTMLElement => {
  const mark = document.createElement('span')
  mark.textContent = name
  return mark
}

export const createVillageMap = ({ element, zoomIn, zoomOut, language, tell }: Parts): VillageMap => {
  const paint = colours()
  const map = leafletMap(element, {
    ...{ attributionControl: false, zoomControl: false, preferCanvas: true },
    ...{ minZoom: 6, maxZoom: 12, zoomSnap: 0.25, renderer: canvas({ padding: 0.3 }) },
  })
  control.zoom({ zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map)
  const ground = geoJSON(land, {
    interactive: false,
    filter: ({ properties }) => kindOf(properties) !== 'town',
    style: (feature) =>
      kindOf(feature?.properties) === 'outline'
        ? { color: paint.edge, weight: 1.5, fillColor: paint.card, fillOpacity: 1 }
        : { color: paint.water, weight: 3, fill: false },
  }).addTo(map)
  for (const { properties, geometry } of tatarstan.features) {
    if (properties.kind !== 'town') continue
    const [longitude, latitude] = geometry.coordinates as [number, number]
    const html = townMark(properties[language])
    const icon = divIcon({ className: 'town', html, iconSize: [0, 0] })
    marker([latitude, longitude], { icon, interactive: false, keyboard: false }).addTo(map)
  }
  const whole: LatLngBounds = ground.getBounds()
  map.fitBounds(whole, { padding: [12, 12], animate: false })
  map.setMaxBounds(whole.pad(0.5))
  const resized = new ResizeObserver(() => map.invalidateSize({ animate: false }))
  resized.observe(element)

  const markers = new Map<string, StateMarker>()
  const mark = ({ village, latitude, longitude, tone }: Spot): void => {
    const known = markers.get(village)
    const one = known ?? new StateMarker([latitude, longitude], tone)
    const moved = known !== undefined && !known.getLatLng().equals([latitude, longitude])
    if (known !== undefined && known.tone === tone && !moved) return
    one.tone = tone
    one.setLatLng([latitude, longitude])
    one.setRadius(radii[tone])
    one.setStyle({
      ...{ color: paint.card, weight: 1.5, fillColor: paint[tone], fillOpacity: 1 },
      ...(tone === 'quiet' && { color: paint.quiet, weight: 2, fillColor: paint.card }),
    })
    if (known === undefined) {
      markers.set(village, one.addTo(map))
      one.bindPopup(() => tell(village), { closeButton: false, className: 'village-popup' })
    }
    if (tone === 'bad' || tone === 'warn') one.bringToFront()
  }
  return {
    show: (spots) => {
      const there = new Set(spots.map(({ village }) => village))
      for (const [village, one] of markers) {
        if (there.has(village)) continue
        one.remove()
        markers.delete(village)
      }
      for (const spot of spots) mark(spot)
    },
    visit: (village) => {
      const one = markers.get(village)
      if (one === undefined) return
      map.setView(one.getLatLng(), Math.max(map.getZoom(), 8), { animate: false })
      one.openPopup()
    },
    stop: () => {
      resized.disconnect()
      map.remove()
    },
  }
}
