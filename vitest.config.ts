import { defineConfig } from 'vitest/config';

// Fast tests first: unit tests use neither kernel nor network; integration tests make network namespaces; end-to-end
// tests run the built program. The last two share the machine, so they run one file at a time. Tests of the container
// image need an engine and have their own configuration: test/docker/vitest.config.ts.

/** Setup that fails tests which change the machine: tests with the kernel and as root could. */
const setupFiles = ['test/support/machine-guard.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles,
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/e2e/**', 'test/docker/**'],
          sequence: { groupOrder: 0 },
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          setupFiles,
          include: ['test/integration/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          setupFiles,
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
