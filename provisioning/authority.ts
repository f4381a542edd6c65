import { AuthorityUsage, runAuthority } from '../fleet/identity/authority-tool.ts'

try {
  process.stdout.write(await runAuthority(process.argv.slice(2)))
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : thrown}\n`)
  process.exitCode = thrown instanceof AuthorityUsage ? 2 : 1
}
