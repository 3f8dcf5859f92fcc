import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach } from 'vitest';
import { changesOf, MACHINE, readMachine } from './machine-state.js';

/** Time after which a deleted namespace has lost its name, and its interfaces are gone. */
const GONE_MS = 5000;
const PAUSE_MS = 50;

const OF_TESTS = { ...MACHINE, variables: [], listings: [] };
const OF_FILES = { ...MACHINE, devices: [] };

/**
 * Devices before the current test. A test that changes a device fails, and so does a file that changes a variable or
 * leaves an interface or network namespace behind. Loaded before each test file; a change is reported once.
 */
let before = readMachine(OF_TESTS);
const beforeFile = readMachine(OF_FILES);

afterEach(() => {
  const after = readMachine(OF_TESTS);
  const changes = changesOf(before, after);
  before = after;
  if (changes.length > 0) throw new Error(`this test changed the machine: ${changes.join('; ')}`);
});

// Hooks run in reverse order: this one comes after those of the file.
afterAll(async () => {
  const end = performance.now() + GONE_MS;
  for (;;) {
    const changes = changesOf(beforeFile, readMachine(OF_FILES));
    if (changes.length === 0) return;
    if (performance.now() > end) throw new Error(`this file changed the machine: ${changes.join('; ')}`);
    await sleep(PAUSE_MS);
  }
});
