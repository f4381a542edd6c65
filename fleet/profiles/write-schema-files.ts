import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { profilesFolder } from '../../provisioning/built-in-profiles.ts'
import { schemaFiles, withTables } from './schema-files.ts'

/* Makes the schema documents and the tables of the page in `firmware-profiles/` anew; a test says when it is due. */

const page = join(profilesFolder, 'README.md')
for (const [name, text] of Object.entries(schemaFiles())) await writeFile(join(profilesFolder, name), text)
await writeFile(page, withTables(await readFile(page, 'utf8')))
