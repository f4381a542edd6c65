import { join } from 'node:path'
import { defineConfig } from 'vite'

/** The browser pages, built into `dist`; nothing is inlined, so that the pages keep a strict content policy. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: 'es2023',
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ['index.html', 'account.html', 'ops.html', 'terminal.html'].map((page) =>
        join(import.meta.dirname, page),
      ),
    },
  },
})
