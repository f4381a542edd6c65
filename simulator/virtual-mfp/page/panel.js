const byId = (id) => document.getElementById(id)

const pageNames = {
  application: 'Заявление',
  extract: 'Выписка',
  notice: 'Белдерү',
  questionnaire: 'Анкета',
}
const faults = [
  ['Исправно', undefined],
  ['Замятие', { kind: 'jam', afterPage: 1 }],
  ['Крышка открыта', { kind: 'cover-open' }],
  ['Податчик пуст', { kind: 'adf-empty' }],
  ['Занято', { kind: 'busy-503', times: 1000 }],
  ['Не отвечает', { kind: 'dead-socket', at: 'document' }],
  ['Обрыв страницы', { kind: 'truncated-body', how: 'chunked' }],
]

const send = async (method, path, body, type = 'application/json') => {
  const answer = await fetch(`control/${path}`, {
    method,
    headers: body === undefined ? {} : { 'content-type': type },
    body: type === 'application/json' ? JSON.stringify(body) : body,
  })
  const state = await answer.json()
  if (answer.ok) show(state)
  else byId('message').textContent = state.error
}

const button = (label, act, pressed) => {
  const made = document.createElement('button')
  made.type = 'button'
  made.textContent = label
  if (pressed !== undefined) made.setAttribute('aria-pressed', String(pressed))
  made.addEventListener('click', act)
  return made
}

let shown = ''
const show = (state) => {
  const text = JSON.stringify(state)
  if (text === shown) return
  shown = text
  byId('message').textContent = state.scanning ? 'Идёт сканирование' : ''
  byId('glass-name').textContent = pageNames[state.glass] ?? state.glass ?? 'Стекло пустое'
  byId('glass').src = `control/glass.jpg?${Date.now()}`
  byId('pages').replaceChildren(
    ...state.pages.map((page) => button(pageNames[page] ?? page, () => send('PUT', 'glass', { page }))),
    button('Убрать', () => send('DELETE', 'glass')),
  )
  byId('prints').replaceChildren(
    ...state.prints.map((print) => button(print, () => send('PUT', 'glass', { print }))),
  )
  byId('feeder').textContent = `Листов: ${state.feeder.length}`
  byId('sheets').replaceChildren(
    ...state.pages.map((page) =>
      button(`+ ${pageNames[page] ?? page}`, () => send('POST', 'feeder', { page })),
    ),
  )
  byId('faults').replaceChildren(
    ...faults.map(([label, fault]) =>
      button(
        label,
        () => (fault ? send('PUT', 'fault', fault) : send('DELETE', 'fault')),
        (state.fault?.kind ?? '') === (fault?.kind ?? ''),
      ),
    ),
  )
}

byId('empty').addEventListener('click', () => send('DELETE', 'feeder'))
byId('file').addEventListener('change', ({ target }) => {
  const [file] = target.files
  if (file) void send('PUT', 'glass', file, file.type)
})

const refresh = async () => show(await (await fetch('control')).json())
await refresh()
setInterval(refresh, 2000)
