import { render } from 'preact'
import { createPageApi } from '../page-api.ts'
import { App } from './app.tsx'

render(<App api={createPageApi()} />, document.querySelector('#terminal') ?? document.body)
