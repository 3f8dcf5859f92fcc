import { statSync } from 'node:fs';
import { defineCheck } from '../check.js';

interface TokenFacts {
  readonly path: string;
  /** Permissions; absent if the file cannot be read. */
  readonly mode?: string;
  readonly error?: string;
}

/** Check of the token of the live API. */
export const liveToken = defineCheck<TokenFacts>({
  name: 'live-token',
  tells: 'whether the token of TCP clients of the live API is usable; only with --live-token-file',
  fails: 'the file cannot be read, other users may read it, or it holds no token',
  remedy: 'a file of mode 0600 or 0640 with 16 to 256 visible characters',
  wanted: ({ options }) => options.liveTokenFile !== undefined,
  gather: async ({ options: { liveTokenFile: path = '' } }) => {
    // Loaded only here: the API is a large part of the program.
    const { readToken, TokenError } = await import('../../live/api/index.js');
    try {
      readToken(path);
      return { path, mode: (statSync(path).mode & 0o777).toString(8).padStart(4, '0') };
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      return { path, error: error.message };
    }
  },
  judge: ({ path, mode, error }) => {
    if (error === undefined) return { level: 'ok', found: `${path} holds a token; mode ${mode}` };
    return {
      level: 'fail',
      found: `${path}: ${error}`,
      advice: `write one for the collector's user: (umask 077; openssl rand -hex 32 >${path})`,
    };
  },
});
