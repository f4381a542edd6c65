import { suite } from 'uvu'
import { bothKinds } from '../../support/stores.ts'
import { holdsOf } from './suites/holds.ts'
import { intervalsOf } from './suites/intervals.ts'
import { ledgerOf } from './suites/ledger.ts'
import { oldStoreOf } from './suites/old-store.ts'
import { rowsOf } from './suites/rows.ts'
import { vitalsOf } from './suites/vitals.ts'

// What keeps things in the store is shown over both kinds of it: a suite is a function of the kind, named here once.
const { kinds, stop } = bothKinds()

for (const suiteOf of [holdsOf, rowsOf, oldStoreOf, ledgerOf, intervalsOf, vitalsOf]) {
  for (const kind of kinds) suiteOf(kind).run()
}

const theEnd = suite('the end')

theEnd('leaves no server and no folder behind', stop)

theEnd.run()
