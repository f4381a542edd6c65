import { type Callback, suite as plainSuite, type Test } from 'uvu'

/** What hooks have thrown: uvu would forget it, and with it why the test before an `after.each` failed. */
export const brokenHooks: unknown[] = []

/** Stands in for `suite` of uvu in the files that `test/run-file.ts` imports. */
export const suite = <T>(title?: string, context?: T): Test<T> => {
  const made = plainSuite(title, context)
  const { before, after } = made
  const kept =
    (hook: Callback<T>, isNeeded = false): Callback<T> =>
    async (state) => {
      try {
        await hook(state)
      } catch (thrown) {
        brokenHooks.push(thrown)
        if (isNeeded) throw thrown
      }
    }
  // No test runs when what comes before all of them has failed.
  made.before = Object.assign((hook: Callback<T>) => before(kept(hook, true)), { each: before.each })
  made.after = Object.assign((hook: Callback<T>) => after(kept(hook)), {
    each: (hook: Callback<T>) => after.each(kept(hook)),
  })
  return made
}
