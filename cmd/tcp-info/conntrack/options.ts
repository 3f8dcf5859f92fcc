import { InvalidArgumentError, Option } from 'commander';
import { FLOW_STATES, parseFlowStates } from '../../../conntrack/index.js';
import type { FollowedKind } from '../../../conntrack/socket/index.js';
import { type NamespaceTarget, parseNamespaceTarget } from '../../../host/namespaces/index.js';
import { USUAL_ADDRESS } from '../../../live/client/index.js';
import { parseCount, parseDurationNs, parseSize } from '../../flags/values.js';

/** One network namespace. */
export type OneNamespace = Exclude<NamespaceTarget, { readonly kind: 'all' }>;

/** Format of the output. */
export type Format = 'text' | 'json' | 'jsonl';

/** Options that choose flows. */
export interface SelectionOptions {
  readonly netns?: OneNamespace;
  readonly nat: boolean;
  readonly state?: readonly string[];
  readonly explain: boolean;
}

/** Options of actions that look for local sockets. */
export interface JoinedOptions {
  readonly join: boolean;
  /** Address of a collector. */
  readonly connect?: string;
}

/** Options of `list`. */
export interface ListOptions extends SelectionOptions, JoinedOptions {
  readonly format: Format;
  readonly zero: boolean;
}

/** Options of `watch`. */
export interface WatchOptions extends SelectionOptions, JoinedOptions {
  readonly format: Format;
  readonly events?: readonly FollowedKind[];
  readonly sinceLast?: number;
  readonly buffer: number;
  readonly duration?: number;
}

/** Options of `get` and `delete` that name a flow. */
export interface FlowOptions {
  readonly netns?: OneNamespace;
  readonly id?: number;
  readonly zone?: number;
  readonly icmp?: { readonly id: number; readonly type: number; readonly code?: number };
  readonly format: Exclude<Format, 'jsonl'>;
}

/** Options of `get`. */
export type GetOptions = FlowOptions & JoinedOptions;

/** Options of `delete`. */
export interface DeleteOptions extends FlowOptions {
  readonly dryRun: boolean;
}

/** Options of `count` and `stats`. */
export interface CountOptions {
  readonly netns?: OneNamespace;
  readonly format: Format;
}

/** Options of `stats`. */
export interface StatsOptions extends CountOptions {
  readonly every?: number;
  readonly duration?: number;
}

const DEFAULT_BUFFER = '64MiB';
const MIN_BUFFER = 4096;
const MAX_BUFFER = 2 ** 30;
const MIN_EVERY_MS = 100;
const MAX_EVERY_MS = 3_600_000;
const MAX_U32 = 0xffff_ffff;
const MAX_ZONE = 0xffff;
const MAX_U16 = 0xffff;
const MAX_U8 = 0xff;

/** Kinds of events for `--events`. */
export const EVENT_KINDS = [
  'new',
  'established',
  'update',
  'closed',
  'destroy',
] as const satisfies readonly FollowedKind[];

/** Kinds of events without `--events`: those of a connection's life. */
export const DEFAULT_EVENTS: readonly FollowedKind[] = EVENT_KINDS.filter((kind) => kind !== 'update');

const formatOption = (...formats: readonly Format[]): Option =>
  new Option('--format <FORMAT>', 'format of the output').choices(formats).default('text');
const netnsOption = (): Option =>
  new Option(
    '--netns <NAME>',
    'network namespace: a name of ip netns, a path or a process id (default: the own one)',
  ).argParser(netns);
const selectionOptions = (): Option[] => [
  netnsOption(),
  new Option('--nat', 'only flows with a translation').default(false),
  new Option('--state <STATES>', 'only flows in one of these states, with commas').argParser(states),
  new Option('--explain', 'print which part of the condition the kernel tests, and end').default(false),
];
const flowOptions = (): Option[] => [
  netnsOption(),
  new Option('--id <N>', 'id of the flow').argParser(whole(MAX_U32)),
  new Option('--zone <N>', 'zone of the flow (default: 0)').argParser(whole(MAX_ZONE)),
  new Option('--icmp <ID,TYPE[,CODE]>', 'identifier, type and code of a flow of ICMP').argParser(icmp),
  formatOption('text', 'json'),
];
const joinOptions = (): Option[] => [
  new Option('--join', 'add UUID and tcp_info of the local socket').default(false),
  new Option('--connect <ADDRESS>', `collector for --join (default: TCP_INFO_LIVE, or ${USUAL_ADDRESS.text})`),
];
const durationOption = (): Option =>
  new Option('--duration <DURATION>', 'end after this time, such as 10s').argParser(span);

/** Options of each action, new for each command: commander keeps values in them. */
export const ACTION_OPTIONS = {
  list: () => [
    ...selectionOptions(),
    formatOption('text', 'json', 'jsonl'),
    ...joinOptions(),
    new Option('--zero', 'set the counters of the listed flows to zero; every other reader loses them').default(false),
  ],
  get: () => [...flowOptions(), ...joinOptions()],
  watch: () => [
    ...selectionOptions(),
    formatOption('text', 'json', 'jsonl'),
    new Option(
      '--events <KINDS>',
      `kinds with commas: ${EVENT_KINDS.join(', ')}, or all (default: all but update)`,
    ).argParser(events),
    new Option('--since-last <DURATION>', 'print connections instead of events, at this interval').argParser(interval),
    new Option('--buffer <SIZE>', 'receive buffer for events')
      .argParser(buffer)
      .default(buffer(DEFAULT_BUFFER), DEFAULT_BUFFER),
    ...joinOptions(),
    durationOption(),
  ],
  count: () => [netnsOption(), formatOption('text', 'json')],
  stats: () => [
    netnsOption(),
    formatOption('text', 'json', 'jsonl'),
    new Option('--every <DURATION>', 'print growth at this interval').argParser(interval),
    durationOption(),
  ],
  delete: () => [...flowOptions(), new Option('--dry-run', 'only say whether the flow is there').default(false)],
} as const satisfies Readonly<Record<string, () => Option[]>>;

function netns(text: string): OneNamespace {
  const target = parseNamespaceTarget(text, process.cwd());
  if (target !== undefined && target.kind !== 'all') return target;
  throw new InvalidArgumentError('expected one namespace: a name, a path or a process id');
}

function whole(max: number): (text: string) => number {
  return (text) => {
    const value = parseCount(text);
    if (value === undefined || value > max) throw new InvalidArgumentError(`expected a whole number from 0 to ${max}`);
    return value;
  };
}

function icmp(text: string): NonNullable<FlowOptions['icmp']> {
  const parts = text.split(',').map(parseCount);
  const [id, type, code] = parts;
  const isRight = parts.length <= 3 && !parts.includes(undefined);
  if (!isRight || id === undefined || type === undefined || id > MAX_U16 || type > MAX_U8 || (code ?? 0) > MAX_U8) {
    throw new InvalidArgumentError('expected an identifier and a type, and a code if not 0, such as 4711,8');
  }
  return { id, type, ...(code === undefined ? {} : { code }) };
}

function states(text: string): string[] {
  const found = parseFlowStates(text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`expected states with commas: ${FLOW_STATES.join(', ')}`);
}

function events(text: string): FollowedKind[] {
  if (text === 'all') return [...EVENT_KINDS];
  const words = text.split(',').map((word) => word.trim());
  const found = EVENT_KINDS.filter((kind) => words.includes(kind));
  if (found.length === new Set(words).size) return found;
  throw new InvalidArgumentError(`expected kinds with commas: ${EVENT_KINDS.join(', ')}, or all`);
}

function buffer(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes >= MIN_BUFFER && bytes <= MAX_BUFFER) return bytes;
  throw new InvalidArgumentError('expected a size from 4KiB to 1GiB, such as 64MiB');
}

function interval(text: string): number {
  const ms = (parseDurationNs(text) ?? 0) / 1e6;
  if (ms >= MIN_EVERY_MS && ms <= MAX_EVERY_MS) return Math.round(ms);
  throw new InvalidArgumentError('expected a duration from 100ms to 1h, such as 1s');
}

function span(text: string): number {
  const ns = parseDurationNs(text);
  if (ns !== undefined && ns / 1e6 <= MAX_TIMER_MS) return Math.round(ns / 1e6);
  throw new InvalidArgumentError('expected a duration of at most 24 days, such as 10s or 1h');
}

/** Longest time of a timer, which takes 31 bits of milliseconds. */
const MAX_TIMER_MS = 0x7fff_ffff;
