import { browserName } from './browser-name.ts'
import { useAccount } from './context.ts'
import { Moment } from './moment.tsx'

/** Where one is signed in. */
export const Sessions = () => {
  const { t, api, account, act } = useAccount()
  return (
    <section class="card" aria-labelledby="sessions-title">
      <h2 id="sessions-title">{t('account.sessions')}</h2>
      <ul class="entries">
        {account.sessions.map(({ id, agent, createdAt, lastSeenAt, own }) => (
          <li key={id} class="row">
            <span class="grow">
              {browserName(agent)}
              <small class="small">
                {t('account.since')} <Moment at={createdAt} />
                {' · '}
                {t('account.used')} <Moment at={lastSeenAt} />
              </small>
            </span>
            {own ? (
              <span class="state good">{t('account.sessions.own')}</span>
            ) : (
              <button
                type="button"
                aria-label={`${t('account.sessions.end')}: ${browserName(agent)}`}
                onClick={() => void act(() => api.endSession(id))}
              >
                {t('account.sessions.end')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {account.sessions.length > 1 && (
        <button type="button" onClick={() => void act(api.endOtherSessions)}>
          {t('account.sessions.end-others')}
        </button>
      )}
    </section>
  )
}
