import { defineConfig } from 'vitest/config';

// Tests of the container image and of the files that run it, with a real engine: `npm run test:docker`.
export default defineConfig({
  test: {
    name: 'docker',
    include: ['test/docker/**/*.test.ts'],
    globalSetup: ['test/docker/setup.ts'],
    // All tests share the host's network and its ports.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
