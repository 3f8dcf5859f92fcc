import { setFlagsFromString } from 'node:v8';
import { memoryBudget } from './memory-budget.js';

/**
 * Keeps V8 from holding much more memory than it uses. V8 doubles the space for new objects when many survive, as at
 * the start, up to 32 MiB, or 128 MiB in newer versions, and hardly shrinks it again. Objects of this process either
 * die at once or stay: 2 MiB are enough, and collections get no slower. When memory is short, the old space is
 * collected after it grew by a fifth rather than to twice its size.
 */
export function keepHeapSmall(limitBytes: number | undefined): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  if (memoryBudget(limitBytes).isShort) setFlagsFromString('--heap-growing-percent=20');
}
