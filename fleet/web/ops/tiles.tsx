import type { ComponentChildren } from 'preact'
import type { Morning } from '../../api/health-schemas.ts'
import type { Tone } from '../expert/terminal-state.ts'
import { useOps } from './context.ts'
import { lengthText, shareText } from './moments.ts'
import { hashOf } from './place.ts'
import { target } from './rows.ts'
import { Told } from './told.tsx'

/** What is promised: shares of shop hours, and how soon a fault is known. */
const targets = { all: target, presence: 0.99, remoteFixShare: 0.7, detectSeconds: 35 } as const

interface TileParts {
  readonly title: string
  readonly value: string
  readonly tone?: Tone | undefined
  readonly children: ComponentChildren
}

const Tile = ({ title, value, tone, children }: TileParts) => (
  <li class={`card tile ${tone ?? ''}`}>
    <h2>{title}</h2>
    <p class="value number">{value}</p>
    <p class="small">{children}</p>
  </li>
)

const Judged = ({ tone, text }: { readonly tone: Tone; readonly text: string }) => {
  const { t } = useOps()
  const word = tone === 'good' ? 'ops.tile.reached' : tone === 'bad' ? 'ops.tile.missed' : 'ops.tile.unknown'
  return (
    <>
      <span class={`state ${tone}`}>{t(word)}</span>
      <span>{text}</span>
    </>
  )
}

const toneOfShare = (share: number | undefined, wanted: number): Tone =>
  share === undefined ? 'quiet' : share >= wanted ? 'good' : 'bad'

/** The fleet in five figures, each with what was promised. */
export const Tiles = ({ morning }: { readonly morning: Morning | undefined }) => {
  const { t, language, rows } = useOps()
  const { all, presence, remoteFixShare, detectSeconds, repairSeconds } = morning?.fleet ?? {}
  const there = rows.filter(({ tone }) => tone === 'good').length
  const inPart = rows.filter(({ tone }) => tone === 'warn').length
  const away = rows.filter(({ tone }) => tone === 'bad').length
  const silent = morning?.silent ?? []
  const share = (value: number | undefined): string =>
    value === undefined ? '—' : shareText(value, language)
  const wanted = (value: number): string => t('ops.tile.target', { target: shareText(value, language) })
  const [silentest] = silent.toSorted((a, b) => b.days - a.days)
  return (
    <ul class="tiles">
      <Tile title={t('ops.tile.now')} value={t('ops.tile.of', { count: there + inPart, all: rows.length })}>
        {away > 0 ? (
          <a class="state bad" href={hashOf('fleet', '', { state: 'offline' })}>
            {t('terminal.state.offline')}: {away}
          </a>
        ) : (
          <span class="state good">{t('terminal.state.online')}</span>
        )}
        {inPart > 0 && <span>{t('ops.tile.working-part', { count: inPart })}</span>}
      </Tile>
      <Tile title={t('ops.tile.all')} value={share(all)}>
        <Judged tone={toneOfShare(all, targets.all)} text={wanted(targets.all)} />
      </Tile>
      <Tile title={t('ops.tile.presence')} value={share(presence)}>
        <Judged tone={toneOfShare(presence, targets.presence)} text={wanted(targets.presence)} />
      </Tile>
      <Tile
        title={t('ops.tile.detect')}
        value={detectSeconds === undefined ? '—' : lengthText(t, detectSeconds)}
      >
        <Judged
          tone={
            detectSeconds === undefined ? 'quiet' : detectSeconds <= targets.detectSeconds ? 'good' : 'bad'
          }
          text={
            repairSeconds === undefined
              ? t('ops.tile.target', { target: lengthText(t, targets.detectSeconds) })
              : t('ops.tile.repair', { length: lengthText(t, repairSeconds) })
          }
        />
      </Tile>
      <Tile title={t('ops.tile.fix')} value={share(remoteFixShare)}>
        <Judged
          tone={toneOfShare(remoteFixShare, targets.remoteFixShare)}
          text={wanted(targets.remoteFixShare)}
        />
      </Tile>
      <Tile title={t('ops.tile.silent')} value={morning === undefined ? '—' : String(silent.length)}>
        {silentest === undefined ? (
          <Judged
            tone={morning === undefined ? 'quiet' : 'good'}
            text={t('ops.tile.target', { target: 0 })}
          />
        ) : (
          <>
            <Told text={silentest.village} />
            <span>{t('ops.silent.days', { days: Math.round(silentest.days) })}</span>
          </>
        )}
      </Tile>
    </ul>
  )
}
