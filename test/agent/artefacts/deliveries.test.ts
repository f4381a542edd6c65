import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDeliveries, type DeliveryParts } from '../../../agent/artefacts/deliveries.ts'
import { createArtefactIndex } from '../../../agent/artefacts/index-table.ts'
import { openDatabase } from '../../../agent/database.ts'
import { createBackoff } from '../../../agent/link/backoff.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { SealError } from '../../../vault/seal-error.ts'
import { silent } from '../../support/agent-parts.ts'

const original = { bytes: 1, sha256: '' }

const theDeliveries = suite('the deliveries')

/** Sends one page by `send`; a full disk takes the end of it at the third try only. Gives the tries. */
const endedOnFullDisk = async (send: DeliveryParts['send']): Promise<number> => {
  const index = createArtefactIndex(openDatabase(':memory:'), Date.now)
  const ended = new AbortController()
  let tries = 0
  const deliveries = createDeliveries({
    index,
    send,
    async over({ id }, _part, lost) {
      tries += 1
      if (tries < 3) throw new Error('database or disk is full')
      index.move(id, lost ? 'lost' : 'delivered')
      ended.abort()
    },
    logger: silent,
    backoff: () => createBackoff({ base: 1, cap: 1 }),
  })
  index.add({
    ...{ id: uuidv7(), command: uuidv7(), kind: 'page', mediaType: 'image/jpeg' },
    ...{ phase: 'original', original },
  })
  await deliveries.run(ended.signal)
  return tries
}

theDeliveries('go on when a full disk did not take that a file is with the fleet', async () => {
  assert.is(await endedOnFullDisk(async () => {}), 3)
})

theDeliveries('go on when a full disk did not take that a file is lost', async () => {
  const tries = await endedOnFullDisk(async () => {
    throw new SealError('missing', 'The sealed file does not exist')
  })
  assert.is(tries, 3)
})

theDeliveries.run()
