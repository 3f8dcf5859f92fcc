import type { Config } from '../../daemon/index.js';
import { ConfigError } from '../flags/config-error.js';

/** Checks the expressions of watches. Returns whether one reads processes or cgroups. @throws ConfigError */
export async function checkWatches({ watch: { filters } }: Config): Promise<boolean> {
  if (filters.length === 0) return false;
  const { isOwner, ROW_VOCABULARY } = await import('../../live/store/index.js');
  const { compileExpression, ExpressionError, usedFields } = await import('../../expression/index.js');
  const used = filters.map((filter) => {
    try {
      return [...usedFields(compileExpression(filter, ROW_VOCABULARY).test)];
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new ConfigError(`-watch=${filter}`, error.message, { cause: error });
    }
  });
  return used.flat().some(isOwner);
}

/** Checks the token of the live API before anything is opened. @throws ConfigError */
export async function checkToken({ live }: Config): Promise<void> {
  if (live === undefined) return;
  const { readToken, TokenError, tokenFolder } = await import('../../live/api/index.js');
  if (live.tokenFile === undefined) {
    // The address with its token is printed there.
    const isShown = process.stderr.isTTY || tokenFolder(process.env) !== undefined;
    if (isShown || !live.listeners.some((each) => 'port' in each)) return;
    const reason =
      'no place for its token: neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is set; give -live.token-file';
    throw new ConfigError('-live', reason);
  }
  try {
    readToken(live.tokenFile);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    throw new ConfigError(`-live.token-file=${live.tokenFile}`, error.message, { cause: error });
  }
}
