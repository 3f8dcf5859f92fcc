import { type JsonNode, JsonSyntaxError, parseJsonTree } from './json-tree.js';
import { MemberReader, shown } from './member-readers.js';
import { Problems } from './problem.js';
import { readRule } from './read-rule.js';
import type { AlertRule } from './rule.js';

/** Most rules of a file. */
export const MAX_RULES = 64;
/** Largest file of rules, in bytes: 64 rules of 16 KiB. */
export const MAX_RULES_BYTES: number = 2 ** 20;

/**
 * Parses a file of rules: `{"alerts":[{"name":"lossy","when":"retransmitRateBytes > 5%",…},…]}`.
 * @param file path, for messages
 * @throws AlertRulesError with all mistakes
 */
export function parseRules(text: string, file: string): readonly AlertRule[] {
  const problems = new Problems(file, text);
  const rules = readRules(text, problems);
  problems.throwIfAny();
  return rules;
}

function readRules(text: string, problems: Problems): AlertRule[] {
  const root = readTree(text, problems);
  if (root === undefined) return [];
  if (root.kind !== 'object') {
    problems.add(root.at, 'expected an object with "alerts"');
    return [];
  }
  const list = new MemberReader(root.members, ['alerts'], problems).node('alerts');
  if (list?.kind !== 'array') {
    problems.add(list?.at ?? root.at, 'expected "alerts" with a list of rules');
    return [];
  }
  const rules: AlertRule[] = [];
  const names = new Set<string>();
  for (const node of list.items) {
    const rule = readRule(node, text, problems);
    if (rule === undefined) continue;
    const name = rule.name.toLowerCase();
    if (names.has(name)) problems.add(node.at, `there is another rule named ${shown(rule.name)}`);
    names.add(name);
    rules.push(rule);
  }
  const beyond = list.items[MAX_RULES];
  if (beyond !== undefined) problems.add(beyond.at, `more than ${MAX_RULES} rules`);
  return rules;
}

function readTree(text: string, problems: Problems): JsonNode | undefined {
  // A file may begin with a byte order mark, which is no part of JSON.
  const source = text.startsWith('\uFEFF') ? ` ${text.slice(1)}` : text;
  try {
    return parseJsonTree(source);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    problems.add(error.at, error.message);
    return undefined;
  }
}
