import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from './endpoint.js';
import { ObjectStoreError } from './error.js';
import type { Credentials, CredentialsSource } from './keys.js';
import { containerKeys, googleToken, instanceKeys } from './metadata-service.js';
import { sharedFileKeys } from './shared-file.js';
import { readShortText } from './short-text.js';
import { webIdentityKeys } from './web-identity.js';

/** Options of {@link credentialsFrom}. */
export interface CredentialsOptions {
  readonly env: Environment;
  /** Region of the store, for the security token service. */
  readonly region: string;
  /** True for `gs://`: without keys a token of Google's metadata server is used. */
  readonly isGoogle?: boolean;
  /** Home folder (default: that of the user). */
  readonly home?: string;
  /** Clock in milliseconds since 1970. */
  readonly nowMs?: () => number;
}

/** Time before their end at which credentials are asked for anew. */
const AHEAD_MS = 5 * 60_000;
/** Time after which files are read again: they may have been replaced. */
const REREAD_MS = 60_000;

/**
 * Creates a source of credentials that looks where Amazon's own tools look, in their order: `AWS_ACCESS_KEY_ID` and
 * `AWS_SECRET_ACCESS_KEY`; a role with a web identity (`AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN`); the shared
 * credentials file (`AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`); the container's credentials
 * (`AWS_CONTAINER_CREDENTIALS_FULL_URI`); the instance's role (IMDSv2). They are remembered until shortly before their
 * end; those that last, for a minute.
 */
export function credentialsFrom(options: CredentialsOptions): CredentialsSource {
  const { nowMs = Date.now } = options;
  let known: { readonly credentials: Credentials; readonly untilMs: number } | undefined;
  return async () => {
    const now = nowMs();
    if (known !== undefined && now < known.untilMs) return known.credentials;
    const credentials = await find(options);
    const { expiresMs } = credentials;
    // Credentials with a shorter life than the margin are asked for once a second, not at every request.
    const untilMs = expiresMs === undefined ? now + REREAD_MS : Math.max(expiresMs - AHEAD_MS, now + 1000);
    known = { credentials, untilMs };
    return credentials;
  };
}

async function find({ env, region, isGoogle = false, home = homedir() }: CredentialsOptions): Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env;
  if (given(accessKeyId) && given(secretAccessKey)) {
    return { kind: 'keys', accessKeyId, secretAccessKey, ...(given(token) ? { sessionToken: token } : {}) };
  }
  const tokenFile = env['AWS_WEB_IDENTITY_TOKEN_FILE'];
  const role = env['AWS_ROLE_ARN'];
  if (given(tokenFile) && given(role)) {
    const session = env['AWS_ROLE_SESSION_NAME'] ?? 'tcp-info';
    const address = env['AWS_ENDPOINT_URL_STS'] ?? `https://sts.${region}.amazonaws.com`;
    return await webIdentityKeys({ address, role, session, token: readShortText(tokenFile).trim() });
  }
  const path = env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws', 'credentials');
  const shared = sharedFileKeys(path, env['AWS_PROFILE'] ?? 'default', {
    isRequired: env['AWS_SHARED_CREDENTIALS_FILE'] !== undefined || env['AWS_PROFILE'] !== undefined,
  });
  if (shared !== undefined) return shared;
  if (isGoogle) return await googleToken(env);
  const inContainer = await containerKeys(env);
  if (inContainer !== undefined) return inContainer;
  if (env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() !== 'true') return await instanceKeys(env);
  throw new ObjectStoreError(
    'none found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SHARED_CREDENTIALS_FILE',
    { operation: 'credentials', on: 'of the store', kind: 'denied', code: 'ERR_NO_CREDENTIALS' },
  );
}

function given(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
