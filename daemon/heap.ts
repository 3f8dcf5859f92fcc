import { setFlagsFromString } from 'node:v8';
import { memoryBudget } from './memory-budget.js';

/**
 * Keeps V8 from holding much more memory than it uses. It doubles the space for new objects when many survive, as at the
 * start, up to 32 MiB and on newer versions 128, and hardly gives it back. Objects of this process are either gone at
 * once or stay: 2 MiB do, which makes collections no dearer. Where memory is short the old space is collected when it
 * has grown by a fifth, and not when it has doubled.
 */
export function keepHeapSmall(limitBytes: number | undefined): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  if (memoryBudget(limitBytes).isShort) setFlagsFromString('--heap-growing-percent=20');
}
