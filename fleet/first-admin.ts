import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Users } from './auth/users.ts'
import { systemClock } from './clock.ts'
import { readConfig } from './config.ts'
import { openDatabase } from './store/database.ts'
import { sqliteDialect } from './store/sqlite.ts'

/*
 * Adds an admin to the fleet of this data folder and prints a password that the admin has to change: for a new fleet,
 * where nobody can sign in yet, by somebody who may read its folder anyway. `node fleet/first-admin.ts NAME`
 */
const [name = 'admin'] = process.argv.slice(2)
const { dataFolder, synchronous } = readConfig(process.env)
await mkdir(dataFolder, { recursive: true, mode: 0o700 })
const database = await openDatabase(sqliteDialect(join(dataFolder, 'fleet.db'), synchronous))
try {
  const password = randomBytes(12).toString('base64url')
  await new Users(database, systemClock).add({ name, password, role: 'admin', mustChangePassword: true })
  process.stdout.write(`${name} signs in with ${password} and has to choose another password then\n`)
} finally {
  await database.destroy()
}
