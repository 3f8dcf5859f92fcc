import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { isSanitized, SLOWNESS } from './test/support/sanitizers.js';

// Fast tests first: unit tests use neither kernel nor network; integration tests make network namespaces; end-to-end
// tests run the built program. The last two share the machine, so they run one file at a time. Tests of the container
// image need an engine and have their own configuration: test/docker/vitest.config.ts.

/** Setup that fails tests which change the machine: tests with the kernel and as root could. */
const setupFiles = ['test/support/machine-guard.ts'];

/** Setup that fails the run if flows of connection tracking were deleted. Once for all tests with the kernel. */
const globalSetup = ['test/support/flow-guard.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles,
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/e2e/**', 'test/docker/**'],
          // Vitest leaves one processor free, which is half of a small machine.
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
          testTimeout: 30_000 * SLOWNESS,
        },
      },
      {
        test: {
          name: 'integration',
          setupFiles,
          globalSetup,
          include: ['test/integration/**/*.test.ts'],
          fileParallelism: false,
          // Side by side, programs under sanitizers would take the processors from the traffic that they record.
          maxConcurrency: isSanitized ? 1 : 5,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000 * SLOWNESS,
          hookTimeout: 60_000 * SLOWNESS,
        },
      },
      {
        test: {
          name: 'e2e',
          setupFiles,
          globalSetup,
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 180_000 * SLOWNESS,
          hookTimeout: 60_000 * SLOWNESS,
        },
      },
    ],
  },
});
