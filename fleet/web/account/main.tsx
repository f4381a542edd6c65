import { render } from 'preact'
import { createPageApi } from '../page-api.ts'
import { createAccountApi } from '../people-api.ts'
import { App } from './app.tsx'

const api = createPageApi()

render(
  <App api={createAccountApi(api)} signOut={api.signOut} />,
  document.querySelector('#account') ?? document.body,
)
