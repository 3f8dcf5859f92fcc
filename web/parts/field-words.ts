import type { FieldJson } from '../../live/wire/index.js';

/** Structs of the kernel by the beginnings of the names of their members. */
const STRUCTS: readonly (readonly [prefix: string, source: string])[] = [
  ['tcpi_', 'struct tcp_info'],
  ['idiag_', 'struct inet_diag_msg'],
  ['bbr_', 'struct tcp_bbr_info'],
  ['skmem_', 'INET_DIAG_SKMEMINFO'],
];

const UNITS: Readonly<Record<string, string>> = {
  us: 'microseconds',
  ms: 'milliseconds',
  B: 'bytes',
  'B/s': 'bytes per second',
};

/** Words about a field, for its tooltip and the list of fields. */
export interface FieldWords {
  /** Unit in words; empty without one. */
  readonly unit: string;
  /** Member and struct of the kernel: `tcpi_rtt of struct tcp_info, since Linux 2.4`; empty for computed values. */
  readonly source: string;
  /** Further names in expressions. */
  readonly shortNames: readonly string[];
}

/** Returns the words about a field. */
export function fieldWords({ unit, since, aliases, type }: FieldJson): FieldWords {
  const struct = (alias: string): string | undefined => STRUCTS.find(([prefix]) => alias.startsWith(prefix))?.[1];
  const member = aliases.find((alias) => struct(alias) !== undefined);
  const release = since === null ? '' : `since Linux ${since}`;
  return {
    unit: unit === null ? (type === 'ratio' ? 'share, 0 to 1' : '') : (UNITS[unit] ?? unit),
    source: [member === undefined ? '' : `${member} of ${struct(member)}`, release].filter(Boolean).join(', '),
    shortNames: aliases.filter((alias) => alias !== member),
  };
}
