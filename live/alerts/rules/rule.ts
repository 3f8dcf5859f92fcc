import type { Aggregated, CompiledExpression, GroupExpression } from '../../../expression/index.js';
import type { GroupField, HttpRates } from '../../answers/index.js';
import type { StoreRow } from '../../store/index.js';
import type { MachineRule } from '../machine/index.js';

/** Weights of an alert, which its receivers get. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
/** One of {@link SEVERITIES}. */
export type Severity = (typeof SEVERITIES)[number];

/** Ways on which alerts are told. */
export const CHANNELS = ['log', 'events', 'webhook'] as const;
/** One of {@link CHANNELS}. */
export type ChannelName = (typeof CHANNELS)[number];

/** Time before and after the beginning of an alert that is recorded. */
export interface RecordSpan {
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** Group of connections, or the machine, as an expression sees it. */
export interface GroupSubject extends Aggregated {
  /** HTTP of the machine; null for other groups, and where it is not read. */
  readonly http: HttpRates | null;
}

/** Members of all rules. */
interface RuleBase extends MachineRule {
  readonly name: string;
  readonly severity: Severity;
  /** Text for people; null without one. */
  readonly description: string | null;
  /** The condition, as it is written. */
  readonly whenText: string;
  /** Number that the rule is about, as it is written; null without one. */
  readonly valueText: string | null;
  /** Unit of the value: `us`, `B`, `B/s`, or empty. */
  readonly unit: string;
  /** Channels; undefined: all that there are. */
  readonly to: readonly ChannelName[] | undefined;
  /** Span to record when it fires; undefined: none. */
  readonly record: RecordSpan | undefined;
  /** Interval of the watch that begins when it fires; undefined: none. */
  readonly watchMs: number | undefined;
  /** True if it reads processes or cgroups. */
  readonly usesOwners: boolean;
  /** The rule as JSON in one form: equal texts are equal rules. */
  readonly source: string;
}

/** Rule whose instances are connections. */
export interface ConnectionRule extends RuleBase {
  readonly kind: 'connection';
  /** Connections that it looks at; null: all. */
  readonly filter: CompiledExpression<StoreRow> | null;
  readonly when: CompiledExpression<StoreRow>;
  /** Null: it is clear when the condition does not hold. */
  readonly clear: CompiledExpression<StoreRow> | null;
  readonly read: ((row: StoreRow) => number | null) | undefined;
  /** True if a value may change in a second without a record. */
  readonly isVolatile: boolean;
}

/** Rule whose instances are groups of connections, or the machine. */
export interface GroupRule extends RuleBase {
  readonly kind: 'group';
  /** Fields by which connections are grouped; null: all are one. */
  readonly by: readonly GroupField[] | null;
  readonly filter: CompiledExpression<StoreRow> | null;
  readonly filterText: string | null;
  readonly when: GroupExpression<StoreRow, GroupSubject>;
  readonly clear: GroupExpression<StoreRow, GroupSubject> | null;
  readonly read: ((group: GroupSubject) => number | null) | undefined;
  /** True if it reads HTTP. */
  readonly usesHttp: boolean;
}

/** Rule whose instances are hosts of HTTP requests, or their sections. */
export interface HttpRule extends RuleBase {
  readonly kind: 'http';
  readonly by: 'host' | 'section';
  readonly filter: CompiledExpression<HttpRates> | null;
  readonly when: CompiledExpression<HttpRates>;
  readonly clear: CompiledExpression<HttpRates> | null;
  readonly read: ((subject: HttpRates) => number | null) | undefined;
}

/** Rule of alerts. */
export type AlertRule = ConnectionRule | GroupRule | HttpRule;
