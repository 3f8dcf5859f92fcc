import type { Context } from './context.js';

/**
 * Levels of a check: `ok` needs nothing; with `warn`, data or time is lost needlessly; with `fail`, the collector
 * cannot work.
 */
export const LEVELS = ['ok', 'warn', 'fail'] as const;
export type Level = (typeof LEVELS)[number];

/** Judgement of a check's facts. */
export type Verdict =
  | { readonly level: 'ok'; readonly found: string }
  /** A warning or failure always has advice. */
  | { readonly level: 'warn' | 'fail'; readonly found: string; readonly advice: string };

/** Result of a check, as in `--json`. */
export interface CheckResult {
  readonly name: string;
  readonly level: Level;
  /** Finding in words. */
  readonly found: string;
  /** Advice; absent when all is well. */
  readonly advice?: string;
  /** Facts behind the verdict. */
  readonly facts: object;
}

/** One check of the doctor. */
export interface Check {
  /** Stable name, which scripts use. */
  readonly name: string;
  /** Subject of the check, for the documents. */
  readonly tells: string;
  /** Conditions for a warning and for a failure, for the documents; absent: never. */
  readonly warns?: string;
  readonly fails?: string;
  /** General remedy, for the documents; the report has advice for the case at hand. */
  readonly remedy?: string;
  /** Checks that must not have failed; otherwise this one is skipped. */
  readonly needs: readonly string[];
  /** Returns true when this run should make the check. */
  readonly wanted: (context: Context) => boolean;
  readonly run: (context: Context) => Promise<CheckResult>;
}

/** Check in two halves: one reads the machine, the other judges the facts. */
export interface CheckDefinition<Facts extends object>
  extends Pick<Check, 'name' | 'tells' | 'warns' | 'fails' | 'remedy'> {
  readonly needs?: readonly string[];
  /** Returns true when this run should make the check (default: every run). */
  readonly wanted?: (context: Context) => boolean;
  readonly gather: (context: Context) => Facts | Promise<Facts>;
  readonly judge: (facts: Facts) => Verdict;
}

/** Combines the halves of a check. */
export function defineCheck<Facts extends object>(
  definition: CheckDefinition<Facts>,
): Check & Pick<CheckDefinition<Facts>, 'judge'> {
  const { gather, judge, needs = [], wanted = () => true, ...words } = definition;
  const run = async (context: Context): Promise<CheckResult> => {
    const facts = await gather(context);
    return { name: words.name, ...judge(facts), facts };
  };
  return { ...words, needs, wanted, run, judge };
}

/** Returns the worse of two levels. */
export function worse(a: Level, b: Level): Level {
  return LEVELS.indexOf(a) > LEVELS.indexOf(b) ? a : b;
}
