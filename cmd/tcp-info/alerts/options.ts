import type { ZONES } from '../../../view/time/index.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info alerts';

/** Formats of the output. */
export const FORMATS = ['text', 'json'] as const;

/** Options of `test`. */
export interface TestOptions {
  readonly format: (typeof FORMATS)[number];
  readonly time: (typeof ZONES)[number];
  readonly maxWindow?: number;
  readonly strict: boolean;
}
