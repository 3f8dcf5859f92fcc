import { askText } from './ask.js';
import { ObjectStoreError } from './error.js';
import type { Credentials } from './keys.js';
import { childText, readXml, type XmlElement } from './xml.js';

/** Request for the keys of a role. */
export interface WebIdentityRequest {
  /** URL of the security token service. */
  readonly address: string;
  /** Amazon resource name of the role. */
  readonly role: string;
  readonly session: string;
  /** Token of the identity provider. */
  readonly token: string;
}

/**
 * Trades a web identity token for keys: AssumeRoleWithWebIdentity of the AWS Security Token Service, version 2011-06-15.
 * @throws ObjectStoreError
 */
export async function webIdentityKeys({ address, role, session, token }: WebIdentityRequest): Promise<Credentials> {
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: session,
    WebIdentityToken: token,
  });
  const answer = await askText(new URL(address), { method: 'POST', body });
  const keys = readAnswer(answer);
  const [accessKeyId, secretAccessKey, sessionToken, expiration] = [
    'AccessKeyId',
    'SecretAccessKey',
    'SessionToken',
    'Expiration',
  ].map((name) => (keys === undefined ? undefined : childText(keys, name)));
  const expiresMs = Date.parse(expiration ?? '');
  if (accessKeyId !== undefined && secretAccessKey !== undefined && sessionToken !== undefined && expiresMs > 0) {
    return { kind: 'keys', accessKeyId, secretAccessKey, sessionToken, expiresMs };
  }
  const details = { operation: 'credentials', on: address, kind: 'denied', code: 'ERR_ANSWER' } as const;
  throw new ObjectStoreError('an answer without keys', details);
}

function readAnswer(answer: string): XmlElement | undefined {
  try {
    const root = readXml(answer);
    return root.children
      .find(({ name }) => name === 'AssumeRoleWithWebIdentityResult')
      ?.children.find(({ name }) => name === 'Credentials');
  } catch {
    return undefined; // the caller reports that there are no keys
  }
}
