import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    silent: 'passed-only',
    testTimeout: 180_000,
    maxWorkers: 3, // on two cores: most tests wait for a server half of the time
    hookTimeout: 180_000,
  },
});
