process.env.AVYL_KILLS ??= '100'
await import('./killed.test.ts')
