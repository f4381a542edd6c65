import { render } from 'preact'
import { createApi } from '../api.ts'
import { createAccountApi } from '../people-api.ts'
import { App } from './app.tsx'

const api = createApi()

render(
  <App api={createAccountApi(api)} signOut={api.signOut} />,
  document.querySelector('#account') ?? document.body,
)
