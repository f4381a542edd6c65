import { render } from 'preact'
import { translator } from '../i18n/texts.ts'
import { createPageApi } from '../page-api.ts'
import { createActs } from './acts.ts'
import { App } from './app.tsx'
import { ExpertContext } from './context.ts'
import { createLive } from './live.ts'
import { createLivePictures } from './live-picture.ts'
import { recalled, remember, rememberedLanguage } from './memory.ts'
import { initialState } from './state.ts'
import { createStore } from './store.ts'

const api = createPageApi()
const store = createStore(initialState(rememberedLanguage()))
const pictures = createLivePictures()
const acts = createActs(api, store)
const live = createLive(api, store, pictures)
const root = document.querySelector('#expert') ?? document.body

const said = document.createElement('div')
said.className = 'unseen'
said.role = 'status'
document.body.append(said)
const say = (text: string): void => {
  said.textContent = text
}

const draw = (): void => {
  const state = store.state()
  const t = translator(state.language)
  document.documentElement.lang = state.language
  document.title = t('app.title')
  render(
    <ExpertContext.Provider value={{ state, dispatch: store.dispatch, acts, api, pictures, t, say }}>
      <App />
    </ExpertContext.Provider>,
    root,
  )
}

let user: string | undefined
const followSession = (): void => {
  const { session } = store.state()
  if (session?.user === user) return
  user = session?.user
  live.stop()
  if (user === undefined) return
  const before = recalled(user)
  if (before !== undefined && Object.keys(store.state().desks).length === 0) {
    store.dispatch({ type: 'restored', ...before })
  }
  live.start()
}

let drawn = false
store.subscribe(() => {
  if (drawn) return
  drawn = true
  queueMicrotask(() => {
    drawn = false
    draw()
    remember(store.state())
  })
})
store.subscribe(followSession)
draw()
api.session().then(acts.enter, () => store.dispatch({ type: 'session', session: null }))
