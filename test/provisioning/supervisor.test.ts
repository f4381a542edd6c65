import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openSupervisor } from '../../provisioning/supervisor.ts'

const logger = pino({ level: 'silent' })

/** Node opens no datagram sockets of the local kind; Debian's perl does. */
const listen = `use Socket; $| = 1; socket(my $s, AF_UNIX, SOCK_DGRAM, 0); bind($s, sockaddr_un($ARGV[0]));
print "bound\\n"; while (defined recv($s, my $m, 4096, 0)) { print "$m\\n" if $m !~ /BARRIER/ }`

const supervisor = suite('the supervisor of an agent')

supervisor('hears that it is ready, that it works, and that it ends', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-supervisor-'))
  const socket = join(folder, 'notify')
  const receiver = spawn('perl', ['-e', listen, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const lines = createInterface({ input: receiver.stdout })[Symbol.asyncIterator]()
    const next = async (): Promise<string> => String((await lines.next()).value)
    assert.is(await next(), 'bound')
    const systemd = openSupervisor({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '60000000' }, logger)
    assert.is(systemd.watchdogMs, 60_000)
    systemd.ready()
    assert.match(await next(), /READY=1/)
    systemd.alive()
    assert.match(await next(), /WATCHDOG=1/)
    systemd.stopping()
    assert.match(await next(), /STOPPING=1/)
  } finally {
    receiver.kill()
    await once(receiver, 'exit')
    await rm(folder, { recursive: true })
  }
})

supervisor('that watches another process, or none, asks for no sign of life', () => {
  const socket = { NOTIFY_SOCKET: '/nowhere' }
  assert.is(
    openSupervisor({ ...socket, WATCHDOG_USEC: '60000000', WATCHDOG_PID: '1' }, logger).watchdogMs,
    undefined,
  )
  assert.is(openSupervisor(socket, logger).watchdogMs, undefined)
  assert.is(openSupervisor({ WATCHDOG_USEC: '60000000' }, logger).watchdogMs, undefined)
})

supervisor('says whether it stops the program to start it again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-supervisor-'))
  const systemd = openSupervisor({ NOTIFY_SOCKET: '/nowhere', PATH: `${folder}:/usr/bin:/bin` }, logger)
  const answering = async (script: string) => {
    await writeFile(join(folder, 'systemctl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    return systemd.restarts('a.service')
  }
  try {
    assert.is(
      await answering('[ "$*" = "list-jobs --no-legend a.service" ] && echo " 7 a.service restart running"'),
      true,
    )
    assert.is(await answering('echo "8 a.service stop running"'), false)
    assert.is(await answering(''), false)
    assert.is(await answering('exit 1'), false)
    assert.is(await openSupervisor({}, logger).restarts('a.service'), false)
  } finally {
    await rm(folder, { recursive: true })
  }
})

supervisor('that cannot be told is no reason to stop', async () => {
  const told = Promise.withResolvers<unknown>()
  const warned = { ...logger, warn: (what: unknown) => told.resolve(what) } as unknown as typeof logger
  openSupervisor({ NOTIFY_SOCKET: '/nowhere/at-all' }, warned).ready()
  assert.ok(await told.promise)
})

supervisor.run()
