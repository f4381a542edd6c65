import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type IncidentChange, raise, settle } from '../../../fleet/alerts/incidents/grouping.ts'
import { type IncidentRecord, lasts } from '../../../fleet/alerts/incidents/incident.ts'
import { builtInRules } from '../../../fleet/alerts/rules/built-in.ts'
import { advance, type Course, calm, type Mark } from '../../../fleet/alerts/rules/course.ts'
import { judgeMetric, judgeTerminal } from '../../../fleet/alerts/rules/judge.ts'
import type { AlertRule } from '../../../fleet/api/incident-schemas.ts'
import { terminalOf } from '../../support/village-terminals.ts'

const builtIn = (id: string): AlertRule => {
  const rule = builtInRules.find((one) => one.id === id)
  if (!rule) throw new Error(`there is no rule ${id}`)
  return rule
}
const offline = builtIn('terminal-offline')

const judging = suite('a rule')

judging('about a state is silent while a terminal is away for a moment or is worked on', () => {
  const bad = (state: Parameters<typeof terminalOf>[2] & object) =>
    judgeTerminal(offline.when, terminalOf('t1', 'Бахта', state))?.bad
  assert.equal(
    (['online', 'reduced', 'offline', 'suspect', 'maintenance', 'retired', 'never-seen'] as const).map(
      (state) => bad({ state }),
    ),
    [false, false, true, undefined, undefined, false, false],
  )
})

judging(
  'about a capability says nothing of a terminal that is not there, and tells in the device’s words',
  () => {
    const when = builtIn('scanner-fault').when
    const capabilities = { scanner: { present: true, ok: false, detail: 'unplugged' } }
    assert.equal(judgeTerminal(when, terminalOf('t1', 'Бахта', { state: 'reduced', capabilities })), {
      bad: true,
      detail: 'unplugged',
    })
    assert.is(
      judgeTerminal(when, terminalOf('t1', 'Бахта', { state: 'offline', capabilities }))?.bad,
      undefined,
    )
    assert.is(judgeTerminal(when, terminalOf('t1', 'Бахта', { capabilities: {} }))?.bad, undefined)
    assert.is(judgeTerminal(when, terminalOf('t1', 'Бахта'))?.bad, false)
    assert.is(judgeTerminal({ event: 'selftest' }, terminalOf('t1', 'Бахта')), undefined)
  },
)

judging('about a metric lets go only when it is back by the hysteresis', () => {
  const when = { metric: 'disk', above: 0.9, hysteresis: 0.05 } as const
  const seen = [0.89, 0.91, 0.88, 0.86, 0.85, 0.88, 0.95]
  let before = false
  const bad = seen.map((value) => {
    before = judgeMetric(when, value, before).bad ?? before
    return before
  })
  assert.equal(bad, [false, true, true, true, false, false, true])
  assert.is(judgeMetric(when, undefined, true).bad, undefined)
  assert.is(judgeMetric({ metric: 'ups_on_mains', below: 0.5, hysteresis: 0.4 }, 0.8, true).bad, true)
  assert.match(judgeMetric(when, 0.912345, false).detail ?? '', '0.912 (ratio)')
})

judging('of the release has all texts, and wakes nobody for what needs no one', () => {
  for (const { id, severity, notify, title, runbook, when } of builtInRules) {
    for (const text of [title, runbook]) {
      assert.equal(Object.keys(text), ['ru', 'tt', 'en'])
      for (const words of Object.values(text)) assert.ok(words.length > 5, id)
      assert.not.match(text.en, /[а-яё]/i, id)
      assert.is.not(text.ru, text.tt, id)
    }
    assert.is(notify.length === 0, severity === 'info', id)
    if ('metric' in when) assert.ok(when.above !== undefined || when.below !== undefined, id)
  }
  const pages = builtInRules.flatMap(({ id, severity }) => (severity === 'page' ? [id] : []))
  assert.equal(pages, ['identity-quarantined', 'expiry-7', 'fleet-disk-full'])
})

judging.run()

/** Goes through times in seconds at which it turns bad or well; looks each `every` seconds; gives the marks. */
const run = (
  rule: AlertRule,
  turns: readonly (readonly [at: number, bad: boolean])[],
  { until, excused = () => false }: { until: number; excused?: (at: number) => boolean },
) => {
  let course: Course = calm(0)
  let bad = false
  const marks: [number, Mark][] = []
  for (let at = 0; at <= until; at += 5) {
    bad = turns.findLast(([turn]) => turn <= at)?.[1] ?? bad
    const step = advance(course, rule, { now: at * 1000, bad, excused: excused(at) })
    course = step.course
    if (step.mark) marks.push([at, step.mark])
  }
  return { marks, course }
}

const courses = suite('the course of a rule')

courses('waits for the grace before it raises, and for calm before it clears', () => {
  const { marks } = run(
    offline,
    [
      [100, true],
      [400, false],
    ],
    { until: 1000 },
  )
  assert.equal(marks, [
    [220, 'raise'],
    [460, 'clear'],
  ])
})

courses('does not raise what is over within the grace', () => {
  assert.equal(
    run(
      offline,
      [
        [100, true],
        [215, false],
      ],
      { until: 1000 },
    ).marks,
    [],
  )
})

courses('begins to wait when nothing excuses it any more, and forgets none that lasts', () => {
  const excused = (at: number) => at < 3000
  assert.equal(run(offline, [[100, true]], { until: 5000, excused }).marks, [[3120, 'raise']])
  assert.equal(
    run(
      offline,
      [
        [100, true],
        [2000, false],
      ],
      { until: 5000, excused },
    ).marks,
    [],
  )
})

courses('calls many changes one flapping', () => {
  const turns = Array.from({ length: 60 }, (_, n) => [n * 30, n % 2 === 0] as const)
  const { marks } = run(offline, turns, { until: 9000 })
  assert.equal(
    marks.map(([, mark]) => mark),
    ['flap', 'clear'],
  )
  assert.ok((marks[1]?.[0] ?? 0) >= 59 * 30 + offline.flapping.seconds - 5, 'it is calm after the whole time')
})

courses('tells what happens at once, and a person ends it where nothing clears it', () => {
  const rule = builtIn('identity-quarantined')
  const first = advance(
    calm(0),
    rule,
    { now: 1000, happened: true, excused: false, detail: 'used-twice' },
    false,
  )
  assert.equal([first.mark, first.course.raised, first.course.detail], ['raise', true, 'used-twice'])
  const later = advance(first.course, rule, { now: 9e8, excused: false }, false)
  assert.equal([later.mark, later.course.raised], [undefined, true])
  const refused = builtIn('message-refused')
  const one = advance(calm(0), refused, { now: 0, happened: true, excused: false }, false)
  assert.is(advance(one.course, refused, { now: 14_399_000, excused: false }, false).mark, undefined)
  assert.is(advance(one.course, refused, { now: 14_400_000, excused: false }, false).mark, 'clear')
})

const anyTurns = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.boolean()), { maxLength: 60 })
  .map((turns) => turns.sort(([one], [other]) => one - other))

courses('never raises in maintenance, whatever comes', () => {
  const excusing = fc.assert
  excusing(
    fc.property(
      anyTurns,
      fc.integer({ min: 0, max: 20_000 }),
      fc.integer({ min: 1, max: 20_000 }),
      (turns, from, length) => {
        const excused = (at: number) => from <= at && at < from + length
        const { marks } = run(offline, turns, { until: 25_000, excused })
        for (const [at, mark] of marks) assert.ok(mark === 'clear' || !excused(at), `${mark} at ${at}`)
      },
    ),
    { seed: 1, numRuns: 200 },
  )
})

courses('never floods: raises and clears take turns, and no more often than the flapping allows', () => {
  fc.assert(
    fc.property(anyTurns, (turns) => {
      const { marks } = run(offline, turns, { until: 40_000 })
      let raised = false
      for (const [, mark] of marks) {
        if (mark === 'raise') assert.not.ok(raised)
        if (mark === 'clear') assert.ok(raised)
        raised = mark !== 'clear'
      }
      const { changes, seconds } = offline.flapping
      for (const [at] of marks) {
        const near = marks.filter(([other, mark]) => mark !== 'clear' && at <= other && other < at + seconds)
        assert.ok(near.length <= changes / 2 + 1, `${near.length} in ${seconds} s`)
      }
    }),
    { seed: 2, numRuns: 200 },
  )
})

courses('is calm again at the end, when all is well', () => {
  fc.assert(
    fc.property(anyTurns, (turns) => {
      const { course } = run(offline, [...turns, [20_001, false]], { until: 30_000 })
      assert.equal([course.raised, course.flapping, course.changes], [false, false, []])
    }),
    { seed: 3, numRuns: 100 },
  )
})

courses.run()

/** Incidents as they come of raising and settling. */
const desk = (rule: AlertRule = offline) => {
  const incidents = new Map<string, IncidentRecord>()
  const told: IncidentChange['what'][] = []
  let last = 0
  const apply = (changes: readonly IncidentChange[]) => {
    for (const { incident, what } of changes) {
      incidents.set(incident.id, incident)
      if (what !== 'moved') told.push(what)
    }
  }
  const newId = () => `i${++last}`
  const lose = (subject: string, district: string, at: number, flapping = false) => {
    const affected = { subject, village: `v-${subject}`, district, since: at * 1000 }
    apply(raise(incidents.values(), { rule, affected, now: at * 1000, flapping, newId }))
  }
  const back = (subject: string, at: number) =>
    apply(settle(incidents.values(), { rule: rule.id, watched: { subject }, now: at * 1000 }))
  const listed = () => [...incidents.values()].filter(({ mergedInto }) => mergedInto === undefined)
  return { incidents, told, lose, back, listed }
}

const grouping = suite('incidents')

grouping(
  'of one district at once become one, which takes in those that were open alone and those that are late',
  () => {
    const { lose, back, listed, told } = desk()
    lose('a', 'Арский', 0)
    assert.is(listed()[0]?.severity, 'warn')
    lose('x', 'Буинский', 5)
    lose('b', 'Арский', 200)
    const [regional] = listed().filter(({ district }) => district === 'Арский')
    assert.equal([regional?.severity, regional?.affected.length], ['page', 2])
    lose('c', 'Арский', 2000)
    assert.equal(told, ['opened', 'opened', 'widened'])
    for (const subject of ['a', 'b']) back(subject, 3000)
    assert.ok(
      listed()
        .filter(({ district }) => district === 'Арский')
        .every(lasts),
    )
    back('c', 3100)
    assert.equal(told, ['opened', 'opened', 'widened', 'cleared'])
    assert.is(listed().length, 2)
  },
)

grouping('far apart in time or without a district stay alone', () => {
  const { lose, listed } = desk()
  lose('a', 'Арский', 0)
  lose('b', 'Арский', 301)
  lose('c', '', 302)
  lose('d', '', 303)
  assert.equal(
    listed().map(({ district }) => district),
    [undefined, undefined, undefined, undefined],
  )
})

grouping('that wait for three of a district take in the two that are open', () => {
  const { lose, listed, incidents } = desk({ ...offline, district: { terminals: 3, seconds: 300 } })
  lose('a', 'Арский', 0)
  lose('b', 'Арский', 10)
  assert.is(listed().length, 2)
  lose('c', 'Арский', 20)
  assert.is(listed().length, 1)
  assert.equal(
    listed()[0]
      ?.affected.map(({ subject }) => subject)
      .sort(),
    ['a', 'b', 'c'],
  )
  assert.equal(
    [...incidents.values()].map(({ mergedInto }) => mergedInto),
    [undefined, 'i1'],
  )
})

grouping('that come back soon are the same again, later they are new', () => {
  const { lose, back, listed, told } = desk()
  lose('a', '', 0)
  back('a', 600)
  lose('a', '', 1200)
  assert.is(listed().length, 1)
  assert.equal([listed()[0]?.state, listed()[0]?.clearedAt], ['open', undefined])
  back('a', 1300)
  lose('a', '', 1300 + offline.flapping.seconds)
  assert.is(listed().length, 2)
  assert.equal(told, ['opened', 'cleared', 'opened', 'cleared', 'opened'])
})

grouping('of one regional outage are one, in whatever order its terminals go and come', () => {
  const outage = fc.record({
    count: fc.integer({ min: 2, max: 30 }),
    seed: fc.integer(),
    losses: fc.array(fc.integer({ min: 0, max: 299 }), { minLength: 30, maxLength: 30 }),
    returns: fc.array(fc.integer({ min: 4000, max: 9000 }), { minLength: 30, maxLength: 30 }),
  })
  fc.assert(
    fc.property(outage, ({ count, losses, returns }) => {
      const { lose, back, listed, told } = desk()
      const terminals = Array.from({ length: count }, (_, n) => `t${n}`)
      const order = (times: readonly number[]) =>
        terminals.map((id, n) => [times[n] ?? 0, id] as const).sort(([one], [other]) => one - other)
      for (const [at, id] of order(losses)) lose(id, 'Арский', at)
      assert.is(listed().length, 1)
      assert.is(new Set(listed()[0]?.affected.map(({ subject }) => subject)).size, count)
      for (const [at, id] of order(returns)) back(id, at)
      assert.is(listed().length, 1)
      assert.is(listed()[0]?.state, 'resolved')
      assert.equal(
        told.filter((what) => what !== 'merged'),
        ['opened', 'widened', 'cleared'],
      )
    }),
    { seed: 4, numRuns: 300 },
  )
})

grouping('say once that they flap, and a district does not flap with one of its terminals', () => {
  const { lose, back, told, listed } = desk()
  lose('a', '', 0)
  lose('a', '', 10, true)
  lose('a', '', 20, true)
  assert.equal([told, listed()[0]?.flapping], [['opened', 'flapping'], true])
  back('a', 100)
  lose('a', '', 200, true)
  assert.equal(told, ['opened', 'flapping', 'cleared', 'opened'])
  lose('b', 'Арский', 300)
  lose('c', 'Арский', 301)
  lose('c', 'Арский', 302, true)
  assert.equal(told.slice(4), ['opened', 'widened'])
})

grouping.run()
