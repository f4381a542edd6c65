import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createIppUsb } from '../../../../agent/devices/ipp-usb/ipp-usb.ts'
import { ippUsbNeeds } from '../../../../agent/profiles/ipp-usb-needs.ts'
import type { MfpProfile } from '../../../../protocol/firmware-profile.ts'
import type { Quirk } from '../../../../protocol/quirks.ts'
import { scratch } from '../../../support/agent-parts.ts'

const usb = suite('ipp-usb')
const known = { reason: 'What the pretended device does', source: 'the test' }

const modelOf = (...quirks: Quirk[]): MfpProfile => ({
  slug: 'test/mfp',
  name: 'Test MFP',
  match: { usb: ['1234:abcd'] },
  proof: 'documents',
  supplies: 'ipp',
  quirks,
  timeouts: {},
  recovery: [],
  notes: [],
  sources: [],
})

/** A machine with a USB port, a device in it that is particular, and a daemon that reads its quirks when it starts. */
const startMachine = async (isContent: (settings: readonly string[]) => boolean = () => true) => {
  const folder = scratch()
  const usbFolder = join(folder, 'usb')
  const quirksFile = join(folder, 'quirks', 'avyl.conf')
  await mkdir(join(folder, 'quirks'))
  const port = join(usbFolder, '1-2')
  let number = 4
  let opened: number | undefined
  let settings: readonly string[] = []
  let starts = 0
  const start = async () => {
    starts += 1
    opened = existsSync(port) ? number : undefined
    const text = existsSync(quirksFile) ? readFileSync(quirksFile, 'utf8') : ''
    settings =
      text
        .split(/^\[(?:Acme )?Laser 17\]$/m)[1]
        ?.trim()
        .split('\n') ?? []
  }
  const plug = async (product = 'Laser 17') => {
    number += 1
    await mkdir(port, { recursive: true })
    const files = { idVendor: '1234', idProduct: 'abcd', manufacturer: 'Acme', product, devnum: `${number}` }
    for (const [name, text] of Object.entries(files)) await writeFile(join(port, name), `${text}\n`)
  }
  await mkdir(join(usbFolder, 'usb1'), { recursive: true })
  await plug()
  await start()
  return {
    quirksFile,
    starts: () => starts,
    /** Whether the device answers through the daemon. */
    answers: () => opened === number && isContent(settings),
    plug,
    unplug: () => rm(port, { recursive: true }),
    ippUsb: createIppUsb({ quirksFile, usbFolder, restart: start }),
  }
}

usb('is restarted for restartIppUsbAfterReplug, once, when the device is there again', async () => {
  const needs = ippUsbNeeds([modelOf({ quirk: 'restartIppUsbAfterReplug', ...known })])
  for (const [models, revived] of [
    [needs, true],
    [ippUsbNeeds([modelOf()]), false],
  ] as const) {
    const machine = await startMachine()
    assert.not(await machine.ippUsb.attend(models))
    assert.ok(machine.answers())
    await machine.unplug()
    assert.not(await machine.ippUsb.attend(models))
    await machine.plug()
    assert.not(machine.answers())
    assert.is(await machine.ippUsb.attend(models), revived)
    assert.is(machine.answers(), revived)
    assert.not(await machine.ippUsb.attend(models))
    // Plugged out and in again between two looks.
    await machine.plug()
    await machine.ippUsb.attend(models)
    assert.is(machine.answers(), revived)
    assert.is(machine.starts(), revived ? 3 : 1)
  }
})

for (const [quirk, line] of [
  [{ quirk: 'maxInterfaces', count: 2, ...known }, 'usb-max-interfaces = 2'],
  [{ quirk: 'initReset', how: 'hard', ...known }, 'init-reset = hard'],
] as const satisfies readonly (readonly [Quirk, string])[]) {
  usb(`is told what ${quirk.quirk} means, for a device that hangs without it`, async () => {
    const machine = await startMachine((settings) => settings.includes(line))
    assert.not(await machine.ippUsb.attend(ippUsbNeeds([modelOf()])))
    assert.not(machine.answers())
    assert.ok(await machine.ippUsb.attend(ippUsbNeeds([modelOf({ ...quirk })])))
    assert.ok(machine.answers())
    assert.not(await machine.ippUsb.attend(ippUsbNeeds([modelOf({ ...quirk })])))
    await machine.unplug()
    assert.not(await machine.ippUsb.attend(ippUsbNeeds([modelOf({ ...quirk })])))
    assert.is(machine.starts(), 2)
  })
}

usb(
  'is told in the file that is there, which stays the same one, and again after half of it was written',
  async () => {
    const needs = ippUsbNeeds([modelOf({ quirk: 'maxInterfaces', count: 2, ...known })])
    const machine = await startMachine((settings) => settings.includes('usb-max-interfaces = 2'))
    await writeFile(machine.quirksFile, '')
    const { ino } = await stat(machine.quirksFile)
    assert.ok(await machine.ippUsb.attend(needs))
    await truncate(machine.quirksFile, 30)
    assert.ok(await machine.ippUsb.attend(needs))
    assert.ok(machine.answers())
    const after = await stat(machine.quirksFile)
    assert.equal([after.ino, after.isFile()], [ino, true])
  },
)

usb('is restarted after a replug also where its settings cannot be written', async () => {
  const restart = { quirk: 'restartIppUsbAfterReplug', ...known } as const
  const needs = ippUsbNeeds([modelOf(restart, { quirk: 'maxInterfaces', count: 2, ...known })])
  const machine = await startMachine()
  await rm(dirname(machine.quirksFile), { recursive: true })
  const failed = () => machine.ippUsb.attend(needs).catch(({ code }: NodeJS.ErrnoException) => code)
  assert.is(await failed(), 'ENOENT')
  await machine.plug()
  assert.is(await failed(), 'ENOENT')
  assert.ok(machine.answers())
})

usb('gets no settings from the strings of a device', async () => {
  const machine = await startMachine()
  await machine.plug('X]\nblacklist = true\n[*')
  assert.not(
    await machine.ippUsb.attend(ippUsbNeeds([modelOf({ quirk: 'maxInterfaces', count: 2, ...known })])),
  )
  assert.not(existsSync(machine.quirksFile))
})

usb('is left alone on a machine without USB, and by models that need nothing of it', async () => {
  const folder = scratch()
  const restart = () => Promise.reject(new Error('not to be restarted'))
  const bare = createIppUsb({ quirksFile: join(folder, 'q'), usbFolder: join(folder, 'none'), restart })
  assert.not(await bare.attend(ippUsbNeeds([modelOf({ quirk: 'initReset', how: 'soft', ...known })])))
  assert.equal(ippUsbNeeds([modelOf({ quirk: 'sniffFormat', ...known })]), [])
})

usb.run()
