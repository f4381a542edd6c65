import { render } from 'preact'
import { createPageApi } from '../page-api.ts'
import { App } from './app.tsx'
import { placeOf } from './place.ts'

/** Nobody touches a screen on a wall. */
const api = createPageApi(() => placeOf(location.hash).view === 'wall')

render(<App api={api} />, document.querySelector('#ops') ?? document.body)
