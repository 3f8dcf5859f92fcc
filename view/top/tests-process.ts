import { parseExpression } from '../../expression/index.js';
import { ROW_VOCABULARY } from '../../live/store/index.js';

/** Parts of rows that are found together with the process. */
const OWNER_PARTS: readonly string[] = ['process', 'cgroup'];

/** Returns whether an expression depends on the process of a connection; the expression has no error. */
export function testsProcess(text: string): boolean {
  return isAboutProcess(parseExpression(text));
}

function isAboutProcess(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(isAboutProcess);
  if (typeof node !== 'object' || node === null) return false;
  const { kind, text, flag } = node as Readonly<Record<string, unknown>>;
  // A bare word is also searched in the names of processes and units, and a number in ids.
  if (kind === 'search' || flag === 'unknown-process') return true;
  if (kind === 'word' && typeof text === 'string') return isOwnerField(text);
  return Object.values(node).some(isAboutProcess);
}

function isOwnerField(name: string): boolean {
  const field = ROW_VOCABULARY.field(name)?.field;
  return field !== undefined && (OWNER_PARTS.includes(field.part) || field.name === 'processUnknown');
}
