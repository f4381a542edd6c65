import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createClock } from '../../../agent/link/clock.ts'

const machine = (wall: number) => {
  const state = { wall, monotonic: 1000 }
  const clock = createClock({ wall: () => state.wall, monotonic: () => state.monotonic })
  const pass = (ms: number) => {
    state.wall += ms
    state.monotonic += ms
  }
  return { state, clock, pass }
}
const minute = 60_000
const noon = Date.UTC(2026, 10, 21, 12)

const theFleetsClock = suite("the fleet's clock on a terminal")

theFleetsClock("is the machine's own until the fleet is heard", () => {
  const { clock } = machine(5)
  assert.is(clock.heard, false)
  assert.is(clock.now(), 5)
})

theFleetsClock('follows an answer, with half the way counted', () => {
  const { clock, pass, state } = machine(0)
  const sentAt = state.monotonic
  pass(600)
  clock.answered(noon, sentAt, state.monotonic)
  assert.is(clock.heard, true)
  assert.is(clock.now(), noon + 300)
  pass(30 * minute)
  assert.is(clock.now(), noon + 300 + 30 * minute)
})

theFleetsClock("is not moved by the machine's clock, however it jumps", () => {
  const { clock, pass, state } = machine(noon)
  clock.answered(noon, state.monotonic, state.monotonic)
  state.wall += 365 * 24 * 60 * minute
  assert.is(clock.now(), noon)
  state.wall = 0
  pass(minute)
  assert.is(clock.now(), noon + minute)
})

theFleetsClock('is never behind what the fleet has stamped', () => {
  const { clock, pass, state } = machine(0)
  clock.saw(noon)
  assert.is(clock.now(), noon)
  clock.answered(noon, state.monotonic, state.monotonic)
  pass(1000)
  clock.saw(noon + 5000)
  assert.is(clock.now(), noon + 5000)
  clock.saw(noon - minute)
  assert.is(clock.now(), noon + 5000)
})

theFleetsClock('stands until an earlier time has caught up that is behind by less than a minute', () => {
  const { clock, pass, state } = machine(0)
  clock.answered(noon, state.monotonic, state.monotonic)
  assert.is(clock.now(), noon)
  clock.answered(noon - 1000, state.monotonic, state.monotonic)
  assert.is(clock.now(), noon)
  pass(400)
  assert.is(clock.now(), noon)
  pass(1600)
  assert.is(clock.now(), noon + 1000)
})

theFleetsClock('goes back with the answer of a fleet whose clock was hours ahead for a minute', () => {
  const { clock, pass, state } = machine(0)
  clock.answered(noon + 180 * minute, state.monotonic, state.monotonic)
  assert.is(clock.now(), noon + 180 * minute)
  pass(minute)
  clock.answered(noon + minute, state.monotonic, state.monotonic)
  assert.is(clock.now(), noon + minute)
  clock.saw(noon + 180 * minute)
  assert.is(clock.now(), noon + 180 * minute)
  clock.saw(noon + minute)
  assert.is(clock.now(), noon + 180 * minute, 'a message sets nothing back')
  clock.answered(noon + minute, state.monotonic, state.monotonic)
  assert.is(clock.now(), noon + minute)
})

theFleetsClock('does not go back for an answer that was held up on its way', () => {
  const { clock, pass, state } = machine(0)
  clock.answered(noon, state.monotonic, state.monotonic)
  const sentAt = state.monotonic
  pass(10 * minute)
  const before = clock.now()
  clock.answered(noon, sentAt, state.monotonic)
  assert.is(clock.now(), before)
})

theFleetsClock('knows after 30 minutes away that a command of two minutes has expired', () => {
  const { clock, pass, state } = machine(noon - 365 * 24 * 60 * minute)
  clock.answered(noon, state.monotonic, state.monotonic)
  const expiresAt = noon + 2 * minute
  state.wall -= 60 * minute
  pass(30 * minute)
  assert.ok(clock.now() >= expiresAt)
})

theFleetsClock.run()
