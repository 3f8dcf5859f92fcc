import { askText } from './ask.js';
import type { Environment } from './endpoint.js';
import { ObjectStoreError } from './error.js';
import type { Credentials } from './keys.js';
import { readShortText } from './short-text.js';

/** Link-local addresses of the services that give credentials to containers of ECS, and to instances of EC2. */
const ECS = 'http://169.254.170.2';
const EC2 = 'http://169.254.169.254';
const GOOGLE = 'http://metadata.google.internal';

/**
 * Asks the container's service for keys (ECS, EKS Pod Identity). Returns undefined where no address is given.
 * @throws ObjectStoreError
 */
export async function containerKeys(env: Environment): Promise<Credentials | undefined> {
  const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  const address = relative === undefined ? env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] : `${ECS}${relative}`;
  if (address === undefined || address === '') return undefined;
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const token = file === undefined ? env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] : readShortText(file).trim();
  const headers: Record<string, string> = token === undefined ? {} : { authorization: token };
  return readKeys(address, await askText(new URL(address), { headers }));
}

/** Asks the instance's metadata service for the keys of its role: IMDSv2, with a session token. @throws ObjectStoreError */
export async function instanceKeys(env: Environment): Promise<Credentials> {
  const base = env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? EC2;
  const token = await askText(new URL('/latest/api/token', base), {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '300' },
  });
  const headers = { 'x-aws-ec2-metadata-token': token };
  const roles = new URL('/latest/meta-data/iam/security-credentials/', base);
  const [role = ''] = (await askText(roles, { headers })).split('\n');
  const address = new URL(encodeURIComponent(role.trim()), roles);
  return readKeys(address.href, await askText(address, { headers }));
}

/** Asks Google's metadata server for a token of the machine's service account. @throws ObjectStoreError */
export async function googleToken(env: Environment): Promise<Credentials> {
  const host = env['GCE_METADATA_HOST'];
  const base = host === undefined || host === '' ? GOOGLE : `http://${host}`;
  const address = new URL('/computeMetadata/v1/instance/service-accounts/default/token', base);
  const answer = readJson(await askText(address, { headers: { 'metadata-flavor': 'Google' } }));
  const { access_token: token, expires_in: seconds } = answer;
  if (typeof token !== 'string' || typeof seconds !== 'number') throw noKeys(address.href);
  return { kind: 'bearer', token, expiresMs: Date.now() + seconds * 1000 };
}

function readKeys(address: string, answer: string): Credentials {
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = readJson(answer);
  const expiresMs = typeof Expiration === 'string' ? Date.parse(Expiration) : Number.NaN;
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string' || Number.isNaN(expiresMs)) {
    throw noKeys(address);
  }
  const sessionToken = typeof Token === 'string' ? { sessionToken: Token } : {};
  return { kind: 'keys', accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, ...sessionToken, expiresMs };
}

/** Returns the members of a JSON object; none for any other text. */
function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {}; // the caller reports that there are no keys
  }
}

function noKeys(address: string): ObjectStoreError {
  const details = { operation: 'credentials', on: address, kind: 'denied', code: 'ERR_ANSWER' } as const;
  return new ObjectStoreError('an answer without keys', details);
}
