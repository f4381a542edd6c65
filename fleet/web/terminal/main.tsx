import { render } from 'preact'
import { createApi } from '../api.ts'
import { App } from './app.tsx'

render(<App api={createApi()} />, document.querySelector('#terminal') ?? document.body)
