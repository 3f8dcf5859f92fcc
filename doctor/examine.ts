import { type Check, type CheckResult, type Level, worse } from './check.js';
import type { Context } from './context.js';

/** What all checks came to. */
export interface Examination {
  readonly checks: readonly CheckResult[];
  /** Names of those that were left out, because one that they need has failed. */
  readonly skipped: readonly string[];
  /** The worst. */
  readonly level: Level;
}

/**
 * Makes the checks, one after the other.
 * @param onResult told of each as soon as it is made
 */
export async function examine(
  checks: readonly Check[],
  context: Context,
  onResult: (result: CheckResult) => void = () => undefined,
): Promise<Examination> {
  const results: CheckResult[] = [];
  const skipped: string[] = [];
  const lost = new Set<string>();
  for (const check of checks.filter(({ wanted }) => wanted(context))) {
    if (check.needs.some((name) => lost.has(name))) {
      skipped.push(check.name);
      lost.add(check.name);
      continue;
    }
    const result = await runOne(check, context);
    if (result.level === 'fail') lost.add(check.name);
    results.push(result);
    onResult(result);
  }
  const level = results.reduce<Level>((worst, each) => worse(worst, each.level), 'ok');
  return { checks: results, skipped, level };
}

/** A check that breaks is told of and does not keep the others from being made. */
async function runOne(check: Check, context: Context): Promise<CheckResult> {
  try {
    return await check.run(context);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return {
      name: check.name,
      level: 'warn',
      found: `could not be checked: ${words}`,
      advice: 'run it again; if it stays, report it with this line',
      facts: { error: words },
    };
  }
}
