import { existsSync } from 'node:fs';
import { ObjectStoreError } from './error.js';
import type { Credentials } from './keys.js';
import { readShortText } from './short-text.js';

/**
 * Reads the keys of a profile from the shared credentials file of Amazon's tools.
 * @returns undefined if there is no file, or no such profile, and none is required
 * @throws ObjectStoreError
 */
export function sharedFileKeys(
  path: string,
  profile: string,
  { isRequired }: { readonly isRequired: boolean },
): Credentials | undefined {
  if (!isRequired && !existsSync(path)) return undefined;
  const section = readIni(readShortText(path)).get(profile);
  const accessKeyId = section?.get('aws_access_key_id');
  const secretAccessKey = section?.get('aws_secret_access_key');
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const sessionToken = section?.get('aws_session_token');
    return { kind: 'keys', accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }
  if (!isRequired) return undefined;
  const details = { operation: 'credentials', on: path, kind: 'denied', code: 'ERR_NO_CREDENTIALS' } as const;
  throw new ObjectStoreError(`no aws_access_key_id and aws_secret_access_key of the profile ${profile}`, details);
}

/** Reads sections and keys of an INI file. Lines that are neither are left out, as Amazon's tools do. */
export function readIni(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const [, name] = /^\s*\[\s*(.*?)\s*\]\s*(?:[#;].*)?$/.exec(line) ?? [];
    if (name !== undefined) {
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
      continue;
    }
    const [, key, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) section?.set(key.toLowerCase(), value);
  }
  return sections;
}
