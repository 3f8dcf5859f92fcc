import type { Context } from './context.js';

/** How well something is: `ok` needs nothing, with `warn` data or time is lost that can be had, with `fail` the collector cannot work. */
export const LEVELS = ['ok', 'warn', 'fail'] as const;
export type Level = (typeof LEVELS)[number];

/** What was made of facts. */
export type Verdict =
  | { readonly level: 'ok'; readonly found: string }
  /** What to do about it is never missing. */
  | { readonly level: 'warn' | 'fail'; readonly found: string; readonly advice: string };

/** What a check came to, as `--json` has it. */
export interface CheckResult {
  readonly name: string;
  readonly level: Level;
  /** What was found, in words. */
  readonly found: string;
  /** What to do; absent when all is well. */
  readonly advice?: string;
  /** What the verdict was made of. */
  readonly facts: object;
}

/** One thing that is looked at. */
export interface Check {
  /** Stable: scripts know it. */
  readonly name: string;
  /** What it tells, for the documents. */
  readonly tells: string;
  /** When it warns, and when it fails, for the documents; absent: never. */
  readonly warns?: string;
  readonly fails?: string;
  /** What helps then, for the documents; the report says it for the case at hand. */
  readonly remedy?: string;
  /** Checks that must not have failed: without them this one is left out. */
  readonly needs: readonly string[];
  /** Whether this run is to make it. */
  readonly wanted: (context: Context) => boolean;
  readonly run: (context: Context) => Promise<CheckResult>;
}

/** A check in two halves: one reads the machine, one judges what was read. */
export interface CheckDefinition<Facts extends object>
  extends Pick<Check, 'name' | 'tells' | 'warns' | 'fails' | 'remedy'> {
  readonly needs?: readonly string[];
  /** Whether this run is to make it (default: every run). */
  readonly wanted?: (context: Context) => boolean;
  readonly gather: (context: Context) => Facts | Promise<Facts>;
  readonly judge: (facts: Facts) => Verdict;
}

/** Puts the halves together. */
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

/** The worse of two. */
export function worse(a: Level, b: Level): Level {
  return LEVELS.indexOf(a) > LEVELS.indexOf(b) ? a : b;
}
