import { defineConfig } from 'vite'

/**
 * The page that a terminal serves to its technician: built on its own, since it goes into the terminal's package and the
 * other pages do not.
 */
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
  },
})
