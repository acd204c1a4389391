import { defineConfig } from 'vitest/config';

/** What `npm run test:mutation` runs for each mutant: the tests of the core, without the one that walks through months. */
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    exclude: ['test/core/year.test.ts'],
    env: { FC_RUNS: '15' },
    isolate: false,
    testTimeout: 30_000,
  },
});
