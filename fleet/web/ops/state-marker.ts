import { CircleMarker, type LatLngExpression } from 'leaflet'
import type { Tone } from '../expert/terminal-state.ts'

/** What Leaflet's canvas gives a path to draw itself with. */
interface CanvasPath {
  readonly _renderer: {
    readonly _drawing: boolean
    readonly _ctx: CanvasRenderingContext2D
    _fillStroke(context: CanvasRenderingContext2D, layer: CircleMarker): void
  }
  readonly _point: { readonly x: number; readonly y: number }
  readonly _radius: number
  _empty(): boolean
}

/** The corners of each shape, as multiples of its radius; a circle has none. */
const corners: Readonly<Record<Tone, readonly (readonly [number, number])[]>> = {
  good: [],
  quiet: [],
  warn: [
    [0, -1.2],
    [1.2, 0],
    [0, 1.2],
    [-1.2, 0],
  ],
  bad: [
    [0, -1.3],
    [1.25, 0.95],
    [-1.25, 0.95],
  ],
}

/** A village on the map: the same shapes as beside every state, drawn on the canvas. */
export class StateMarker extends CircleMarker {
  tone: Tone

  constructor(at: LatLngExpression, tone: Tone) {
    super(at, {})
    this.tone = tone
  }

  /** Leaflet calls this for each drawing. */
  protected _updatePath(): void {
    const path = this as unknown as CanvasPath
    const { _renderer: renderer, _point: point, _radius: radius } = path
    if (!renderer._drawing || path._empty()) return
    const context = renderer._ctx
    context.beginPath()
    const shape = corners[this.tone]
    if (shape.length === 0) context.arc(point.x, point.y, radius, 0, Math.PI * 2)
    for (const [x, y] of shape) context.lineTo(point.x + x * radius, point.y + y * radius)
    context.closePath()
    renderer._fillStroke(context, this)
  }
}
