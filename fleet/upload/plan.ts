import { createHash } from 'node:crypto';
import { BUNDLE_FORMATS, type BundleFormat } from './bundle-format.js';
import type { FileIdentity } from './file-identity.js';

/** Archive in a bundle. */
export interface Member extends FileIdentity {
  /** Path below the archives' folder, and name in the tar. */
  readonly path: string;
  readonly uuid: string;
  readonly sequence: number;
  /** First byte of its frames in the bundle. */
  readonly offset: number;
  /** Length of its frames in the bundle. */
  readonly length: number;
}

/** Sealed bundle: what is in it, and what has to be stored and deleted. */
export interface Plan {
  readonly version: 1;
  readonly format: BundleFormat;
  /** Key of the bundle, without the prefix of the destination. */
  readonly object: string;
  /** Key of its index, without that prefix; null for a layout without an index. */
  readonly index: string | null;
  readonly bytes: number;
  /** Length of each part but the last. */
  readonly partBytes: number;
  /** MD5 of each part, hexadecimal. A bundle of one part is stored in one request. */
  readonly parts: readonly string[];
  readonly members: readonly Member[];
}

/** Length of parts: Amazon wants 5 MiB at least, and 10,000 at most. */
export const PART_BYTES: number = 8 * 1024 * 1024;

/** Thrown for a plan that cannot be read. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** Writes a plan as JSON. */
export function formatPlan(plan: Plan): string {
  return `${JSON.stringify(plan)}\n`;
}

/** Reads a plan. @throws PlanError */
export function parsePlan(text: string): Plan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PlanError('not JSON', { cause: error });
  }
  if (isPlan(value)) return value;
  throw new PlanError('not a plan of this version');
}

/** Returns the ETag that a store gives the bundle: the MD5, or that of the parts' MD5s and their number. */
export function expectedEtag({ parts }: Pick<Plan, 'parts'>): string {
  const [first = '', ...others] = parts;
  if (others.length === 0) return first;
  return `${createHash('md5')
    .update(Buffer.from(parts.join(''), 'hex'))
    .digest('hex')}-${parts.length}`;
}

/**
 * Returns the hash that names a bundle: 16 hexadecimal digits of the SHA-256 of its members' paths and sizes. The same
 * files thus have the same name, whenever they are sealed, and a bundle that is sent again replaces itself.
 */
export function membersHash(members: readonly { readonly path: string; readonly bytes: number }[]): string {
  const lines = members.map(({ path, bytes }) => `${path} ${bytes}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 16);
}

function isPlan(value: unknown): value is Plan {
  if (typeof value !== 'object' || value === null) return false;
  const plan = value as Partial<Record<keyof Plan, unknown>>;
  return (
    plan.version === 1 &&
    BUNDLE_FORMATS.some((format) => format === plan.format) &&
    typeof plan.object === 'string' &&
    (plan.index === null || typeof plan.index === 'string') &&
    Number.isSafeInteger(plan.bytes) &&
    Number.isSafeInteger(plan.partBytes) &&
    Array.isArray(plan.parts) &&
    plan.parts.length > 0 &&
    plan.parts.every((part) => typeof part === 'string' && /^[0-9a-f]{32}$/.test(part)) &&
    Array.isArray(plan.members) &&
    plan.members.every(isMember)
  );
}

function isMember(value: unknown): value is Member {
  if (typeof value !== 'object' || value === null) return false;
  const member = value as Partial<Record<keyof Member, unknown>>;
  const { path, uuid, inode, mtimeNs, sequence, bytes, offset, length } = member;
  const isText = [path, uuid].every((each) => typeof each === 'string');
  const areDigits = [inode, mtimeNs].every((each) => typeof each === 'string' && /^\d+$/.test(each));
  return isText && areDigits && [sequence, bytes, offset, length].every(Number.isSafeInteger);
}
