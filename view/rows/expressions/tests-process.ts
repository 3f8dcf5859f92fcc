import { parseExpression } from '../../../expression/index.js';
import type { RowFields } from '../index.js';

/** Parts of rows that are found together with the process. */
const OWNER_PARTS: readonly string[] = ['process', 'cgroup'];

/** Returns whether an expression depends on the process of a connection; the expression has no error. */
export function testsProcess(text: string, fields: RowFields): boolean {
  return isAboutProcess(parseExpression(text), fields);
}

function isAboutProcess(node: unknown, fields: RowFields): boolean {
  if (Array.isArray(node)) return node.some((each) => isAboutProcess(each, fields));
  if (typeof node !== 'object' || node === null) return false;
  const { kind, text, flag } = node as Readonly<Record<string, unknown>>;
  // A bare word is also searched in the names of processes and units, and a number in ids.
  if (kind === 'search' || flag === 'unknown-process') return true;
  if (kind === 'word' && typeof text === 'string') return isOwnerField(text, fields);
  return Object.values(node).some((each) => isAboutProcess(each, fields));
}

function isOwnerField(name: string, fields: RowFields): boolean {
  const field = fields.find(name)?.field;
  return field !== undefined && (OWNER_PARTS.includes(field.part) || field.name === 'processUnknown');
}
