import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    silent: 'passed-only',
    testTimeout: 180_000,
    maxWorkers: 2,
    hookTimeout: 180_000,
  },
});
