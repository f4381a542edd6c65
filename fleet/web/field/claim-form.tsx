import { useState } from 'preact/hooks'
import { type ClaimFile, maxClaimFileBytes } from '../../../protocol/claim-file.ts'
import { needsClaim, type SetupState } from '../../../protocol/setup.ts'
import type { Translate } from '../../../provisioning/texts/texts.ts'
import { agent } from './agent.ts'

interface Shown {
  readonly state: SetupState
  readonly t: Translate
  readonly isBusy: boolean
  /** It is this step's turn. */
  readonly isNext: boolean
}

/** The claim by code, or by a file: the one that the terminal found, or one that is chosen here. */
export const ClaimForm = ({ state, t, isBusy, isNext }: Shown) => {
  const [code, setCode] = useState('')
  const [isOdd, setOdd] = useState(false)
  if (!needsClaim(state.admission)) return null
  const claim = (input: { code?: string; file?: ClaimFile }) =>
    void agent.begin('claim', input).catch(() => setOdd(true))
  const choose = async (file: File | undefined) => {
    setOdd(false)
    if (file === undefined) return
    try {
      if (file.size > maxClaimFileBytes) throw new RangeError('Too large for a claim')
      claim({ file: JSON.parse(await file.text()) as ClaimFile })
    } catch {
      setOdd(true)
    }
  }
  return (
    <form
      class="claim grow"
      onSubmit={(event) => {
        event.preventDefault()
        claim({ code })
      }}
    >
      {state.claimFile && (
        <button type="button" class={isNext ? 'primary' : ''} disabled={isBusy} onClick={() => claim({})}>
          {t('act.claim-file', { village: state.claimFile.village })}
        </button>
      )}
      {state.claimFiles && (
        <p class="small">
          {t('claim.files', { villages: state.claimFiles.villages })}{' '}
          {t(`problem.${state.claimFiles.problem}`)}
        </p>
      )}
      <label class="grow">
        <span>{t('code')}</span>
        <input
          class="code"
          value={code}
          maxLength={30}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          disabled={isBusy}
          onInput={(event) => setCode(event.currentTarget.value)}
        />
        <span class="small">{t('code.hint')}</span>
      </label>
      <div class="row">
        <button
          type="submit"
          class={isNext && !state.claimFile ? 'primary' : ''}
          disabled={isBusy || code.trim() === ''}
        >
          {t('act.claim')}
        </button>
        <label class="button">
          {t('act.choose-file')}
          <input
            class="unseen"
            type="file"
            accept=".json,application/json"
            disabled={isBusy}
            onChange={(event) => {
              choose(event.currentTarget.files?.[0]).catch(() => setOdd(true))
              event.currentTarget.value = ''
            }}
          />
        </label>
      </div>
      {isOdd && (
        <p class="trouble" role="alert">
          {t('problem.code-invalid')}
        </p>
      )}
    </form>
  )
}
