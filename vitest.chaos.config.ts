import { defineConfig } from 'vitest/config';

/** Real processes that are killed at random points: minutes, not seconds, and one world at a time. */
export default defineConfig({
  test: {
    include: ['test/chaos/**/*.test.ts'],
    maxWorkers: 1,
    // Fifty kills take five times as long as ten; a machine that is busy takes twice that.
    testTimeout: process.env.CHAOS_FULL === '1' ? 1_200_000 : 240_000,
    hookTimeout: 60_000,
  },
});
