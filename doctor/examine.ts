import { type Check, type CheckResult, type Level, worse } from './check.js';
import type { Context } from './context.js';

/** Results of all checks. */
export interface Examination {
  readonly checks: readonly CheckResult[];
  /** Names of skipped checks, because a check that they need has failed. */
  readonly skipped: readonly string[];
  /** Worst level of all checks. */
  readonly level: Level;
}

/**
 * Runs the checks one by one.
 * @param onResult called with each result at once
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

/** Runs one check. An error in it becomes a warning, so that other checks still run. */
async function runOne(check: Check, context: Context): Promise<CheckResult> {
  try {
    return await check.run(context);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return {
      name: check.name,
      level: 'warn',
      found: `could not be checked: ${words}`,
      advice: 'run it again; if the problem stays, report it with this line',
      facts: { error: words },
    };
  }
}
