import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * Creates a folder that is removed when the running test ends. What the test began may still write into it then: the
 * removal is tried again while that goes on.
 */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tcp-info-test-'));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }));
  return folder;
}
