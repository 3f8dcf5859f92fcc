/** Mistake in a configuration file, with its place. */
export interface ConfigProblem {
  /** Path of the file, as the caller named it. */
  readonly file: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column in the line, from 1, in UTF-16 code units. */
  readonly column: number;
  /** Sentence that says what is wrong and what is expected; no full stop. */
  readonly reason: string;
}

/** Formats a problem as `FILE:LINE:COLUMN: REASON`, which editors and terminals recognise. */
export function formatProblem({ file, line, column, reason }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${reason}`;
}

/** Most problems in one error: a file that is no configuration at all has one in each line. */
const SHOWN = 50;

/** Thrown when a file of services cannot be used. The message has one line for each problem, all of the file. */
export class ServicesConfigError extends Error {
  override readonly name = 'ServicesConfigError';
  readonly code = 'ERR_SERVICES_CONFIG';

  /** @param problems all problems of the file in their order, at least one */
  constructor(
    readonly problems: readonly ConfigProblem[],
    options?: ErrorOptions,
  ) {
    const lines = problems.slice(0, SHOWN).map(formatProblem);
    if (problems.length > SHOWN) lines.push(`and ${problems.length - SHOWN} more`);
    super(lines.join('\n'), options);
  }
}
