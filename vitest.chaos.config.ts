import { defineConfig } from 'vitest/config';

/** Real processes that are killed at random points: minutes, not seconds, and one world at a time. */
export default defineConfig({
  test: {
    include: ['test/chaos/**/*.test.ts'],
    maxWorkers: 1,
    testTimeout: 240_000,
    hookTimeout: 60_000,
  },
});
