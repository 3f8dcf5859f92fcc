import { defineConfig } from 'vitest/config';

// The container image and what it is run with, by a real engine: `npm run test:docker`.
export default defineConfig({
  test: {
    name: 'docker',
    include: ['test/docker/**/*.test.ts'],
    globalSetup: ['test/docker/setup.ts'],
    // They share the host's network and its ports.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
