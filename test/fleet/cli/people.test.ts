import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { askSecret, type SecretSource } from '../../../fleet/cli/secret-prompt.ts'
import { runAvyl } from '../../support/avyl.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

let door: Awaited<ReturnType<typeof openPeoplesDoor>>
let url = ''

/** Runs `avyl` with these words and this on its standard input. */
const avyl = (args: readonly string[], typed?: string, token = door.bearer.authorization.slice(7)) => {
  const input = new PassThrough()
  input.end(typed)
  return runAvyl(args, { AVYL_URL: url, AVYL_TOKEN: token }, typed === undefined ? {} : { input })
}

const theCommandLine = suite('avyl for those who look after people')

theCommandLine.before(async () => {
  door = await openPeoplesDoor()
  await door.app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(door.app.server.address() as AddressInfo).port}`
})
theCommandLine.after(() => door.close())

theCommandLine('adds a person, who is listed, changed, kept out and removed', async () => {
  const made = await avyl(
    ['user', 'create', 'aigul', '--role', 'expert', '--village', 'Арча'],
    'seven green apples\n',
  )
  assert.is(made.code, 0, made.err)
  assert.is(made.out, 'aigul\texpert\tАрча\n')
  assert.not.match(made.out, 'apples')
  const user = await door.auth.users.check('aigul', 'seven green apples')
  assert.is(user?.mustChangePassword, true)
  assert.is((await avyl(['user', 'list'])).out, 'aigul\texpert\tАрча\n')
  assert.is((await avyl(['user', 'set-role', 'aigul', 'operator'])).out, 'aigul\toperator\tАрча\n')
  const wide = await avyl(['user', 'set-role', 'aigul', 'operator', '--all-villages', '--json'])
  assert.is(JSON.parse(wide.out).villages, null)
  assert.is((await avyl(['user', 'disable', 'aigul'])).out, 'aigul\toperator\tall villages\tdisabled\n')
  assert.is(await door.auth.users.check('aigul', 'seven green apples'), undefined)
  assert.is((await avyl(['user', 'enable', 'aigul'])).out, 'aigul\toperator\tall villages\n')
  for (const verb of ['end-sessions', 'reset-second-factors', 'remove']) {
    assert.is((await avyl(['user', verb, 'aigul'])).out, 'Done\n', verb)
  }
  assert.is((await avyl(['user', 'list'])).out, 'Nothing yet\n')
  const gone = await avyl(['user', 'disable', 'aigul'])
  assert.is(gone.code, 1)
})

theCommandLine('takes no password from the command line, and makes one on demand', async () => {
  const none = await avyl(['user', 'create', 'marat', '--role', 'technician'])
  assert.is(none.code, 2)
  const weak = await avyl(['user', 'create', 'marat', '--role', 'technician'], 'qwertyuiop\n')
  assert.is(weak.code, 1)
  assert.match(weak.err, /easy to guess/)
  const made = await avyl(['user', 'create', 'marat', '--role', 'technician', '--generate', '--json'])
  const { password } = JSON.parse(made.out)
  assert.ok(await door.auth.users.check('marat', password))
  const reset = await avyl(['user', 'reset-password', 'marat', '--generate'])
  const given = /once: (\S+)/.exec(reset.out)?.[1] ?? ''
  assert.ok(await door.auth.users.check('marat', given))
  assert.is(await door.auth.users.check('marat', password), undefined)
  await avyl(['user', 'reset-password', 'marat'], 'three yellow pears')
  assert.ok(await door.auth.users.check('marat', 'three yellow pears'))
})

theCommandLine('makes a token with scopes and an end, and revokes it', async () => {
  const words = [
    'token',
    'create',
    'flows',
    '--role',
    'operator',
    '--scope',
    'terminals.read',
    'commands.read',
  ]
  const made = await avyl([...words, '--village', 'Арча', '--days', '30'])
  assert.is(made.code, 0, made.err)
  const token = made.out.trimEnd().split('\n').at(-1) ?? ''
  assert.match(token, /^avyl_/)
  assert.is((await avyl(['terminals'], undefined, token)).code, 0)
  assert.is((await avyl(['user', 'list'], undefined, token)).code, 1)
  const listed = (await avyl(['token', 'list'])).out
  assert.match(listed, 'flows\toperator\tcommands.read, terminals.read\tАрча\t2023-12-14\t2023-11-14')
  assert.match(listed, 'test\tadmin\t*\tall villages\t–')
  assert.not.match(listed, token)
  assert.is((await avyl([...words])).code, 1, 'the name is taken')
  assert.is((await avyl(['token', 'revoke', 'flows'])).code, 0)
  assert.is((await avyl(['terminals'], undefined, token)).code, 1)
  assert.is((await avyl(['token', 'create', 'x', '--role', 'operator', '--scope', 'everything'])).code, 2)
})

theCommandLine('says what roles may, and asks a role for a second factor', async () => {
  assert.match((await avyl(['role', 'list'])).out, /^expert\tterminals\.read, .*account\.own/)
  const asked = await avyl(['role', 'require-second-factor', 'expert', 'on'])
  assert.match(asked.out, /^expert\t.*\tsecond factor needed$/m)
  assert.is(await door.auth.policies.needsSecondFactor('expert'), true)
  await avyl(['role', 'require-second-factor', 'expert', 'off'])
  assert.is(await door.auth.policies.needsSecondFactor('expert'), false)
})

theCommandLine(
  'reads a secret from the keyboard without a trace, and heeds Backspace and Ctrl-C',
  async () => {
    const raw: boolean[] = []
    const keyboard = (...keys: string[]): SecretSource => {
      const input = Object.assign(new PassThrough(), {
        isTTY: true,
        setRawMode: (on: boolean) => void raw.push(on),
      })
      for (const key of keys) input.write(key)
      return input
    }
    const screen = new PassThrough()
    assert.is(await askSecret(keyboard('ab', '\u007f', 'c', '\r'), screen, 'Password'), 'ac')
    const codes: string[] = []
    for (const input of [keyboard('ab', '\u0003'), keyboard('\r'), undefined]) {
      await askSecret(input, screen, 'Password').catch((error: Error) => codes.push(error.name))
    }
    assert.equal(codes, ['UsageError', 'UsageError', 'UsageError'])
    screen.end()
    assert.is(await text(screen), 'Password: \nPassword: Password: \n')
    assert.equal(raw, [true, false, true, false, true, false])
  },
)

theCommandLine.run()
