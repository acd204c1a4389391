import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Minutes of killed processes: npm run test:chaos.
    exclude: ['test/chaos/**'],
    // Two cores are the smallest machine this runs on; most tests wait for processes, Redis and HTTP servers on them.
    maxWorkers: 4,
    // Dozens of tests start the program: what Node makes of the sources is made once.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)) },
    testTimeout: 180_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    coverage: {
      provider: 'v8',
      include: ['src/core/**'],
      reporter: ['text-summary', 'html'],
      thresholds: { 'src/core/**': { 100: true } },
    },
  },
});
