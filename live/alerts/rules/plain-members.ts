import type { JsonNode } from './json-tree.js';
import { type DurationRange, MemberReader } from './member-readers.js';
import type { Problems } from './problem.js';
import { CHANNELS, type ChannelName, type ConnectionRule, type RecordSpan, SEVERITIES } from './rule.js';

/** Members of a rule. */
export const MEMBERS = [
  'name',
  'description',
  'when',
  'for',
  'clear',
  'clearFor',
  'filter',
  'by',
  'severity',
  'record',
  'watch',
  'to',
];

const SECOND_US = 1e6;
const DAY: DurationRange['max'] = { us: 86_400 * SECOND_US, text: '1d' };
const NONE: DurationRange['min'] = { us: 0, text: '0s' };
const HOLD: DurationRange = { min: NONE, max: DAY, example: '5s' };
const RECORD: DurationRange = { min: NONE, max: { us: 3600 * SECOND_US, text: '1h' }, example: '30s' };
const WATCH: DurationRange = { min: { us: 1000, text: '1ms' }, max: { us: SECOND_US, text: '1s' }, example: '2ms' };
/** Time that an alert must be clear, unless its rule says another one. */
const CLEAR_FOR_US = 10 * SECOND_US;
const US_PER_MS = 1000;

/** Names become labels, and parts of paths. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;
const MAX_DESCRIPTION = 1000;

/** Text with its place in the file. */
export interface Source {
  readonly text: string;
  readonly at: number;
}

/** Members of rules of all kinds that are no expressions. */
export type PlainMembers = Pick<
  ConnectionRule,
  'name' | 'severity' | 'forUs' | 'clearForUs' | 'description' | 'to' | 'record' | 'watchMs'
>;

/** Returns the text of a member; undefined, and noted, without it. @param at place of the rule */
export function requiredText(members: MemberReader, name: string, at: number, problems: Problems): Source | undefined {
  if (members.node(name) === undefined) problems.add(at, `the rule has no "${name}"`);
  return members.text(name);
}

/** Reads the members that are no expressions. Mistakes are noted. */
export function readPlainMembers(members: MemberReader, name: Source | undefined, problems: Problems): PlainMembers {
  checkName(name, problems);
  const watchUs = members.durationUs('watch', WATCH);
  return {
    name: name?.text ?? '',
    severity: members.word('severity', SEVERITIES) ?? 'warning',
    forUs: members.durationUs('for', HOLD) ?? 0,
    clearForUs: members.durationUs('clearFor', HOLD) ?? CLEAR_FOR_US,
    description: readDescription(members, problems),
    to: readChannels(members.node('to'), problems),
    record: readRecord(members.node('record'), problems),
    watchMs: watchUs === undefined ? undefined : watchUs / US_PER_MS,
  };
}

function checkName(given: Source | undefined, problems: Problems): void {
  if (given === undefined || NAME.test(given.text)) return;
  problems.add(given.at, 'name: expected 1 to 64 letters, digits, blanks, and . _ -, the first a letter or digit');
}

function readDescription(members: MemberReader, problems: Problems): string | null {
  const given = members.text('description');
  if (given !== undefined && given.text.length > MAX_DESCRIPTION) {
    problems.add(given.at, `description: at most ${MAX_DESCRIPTION} characters`);
  }
  return given?.text ?? null;
}

function readChannels(node: JsonNode | undefined, problems: Problems): readonly ChannelName[] | undefined {
  if (node === undefined) return undefined;
  const channels = node.kind === 'array' ? node.items.map((item) => readChannel(item, problems)) : [];
  if (channels.length === 0) problems.add(node.at, `to: expected a list of ${CHANNELS.join(', ')}`);
  return [...new Set(channels.filter((each) => each !== undefined))];
}

function readChannel(node: JsonNode, problems: Problems): ChannelName | undefined {
  const found = CHANNELS.find((each) => node.kind === 'string' && each === node.value);
  if (found === undefined) problems.add(node.at, `to: expected ${CHANNELS.join(', ')}`);
  return found;
}

function readRecord(node: JsonNode | undefined, problems: Problems): RecordSpan | undefined {
  if (node === undefined) return undefined;
  if (node.kind !== 'object') {
    problems.add(node.at, 'record: expected an object such as {"before":"30s","after":"10s"}');
    return undefined;
  }
  const span = new MemberReader(node.members, ['before', 'after'], problems);
  const [beforeUs, afterUs] = [span.durationUs('before', RECORD), span.durationUs('after', RECORD)];
  return { beforeMs: (beforeUs ?? 60 * SECOND_US) / US_PER_MS, afterMs: (afterUs ?? 10 * SECOND_US) / US_PER_MS };
}
