import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { storeOf } from '../../../../fleet/store/setting.ts'
import type { StoreKind } from '../../../support/stores.ts'

const raise = (reason: Error): never => {
  throw reason
}

/** What keeps a second fleet away. */
export const holdsOf = ({ name, openStore }: StoreKind) => {
  const theHolds = suite(`what a fleet holds alone with ${name}`)

  theHolds('is refused to a second one while it lasts, with the setting that leads elsewhere', async () => {
    const { settings } = await openStore()
    for (const hold of storeOf(settings).holds) {
      const release = await hold(raise)
      const refused = await hold(raise).catch((error: unknown) => String(error))
      assert.match(String(refused), /^StartRefused: Another fleet runs on .+ AVYL_[A-Z_]+ sets another/)
      await release()
      await (await hold(raise))()
    }
  })

  theHolds('is not what another store holds', async () => {
    const [one, other] = [await openStore(), await openStore()]
    for (const [index, hold] of storeOf(one.settings).holds.entries()) {
      const release = await hold(raise)
      await (await storeOf(other.settings).holds[index]?.(raise))?.()
      await release()
    }
  })

  return theHolds
}
