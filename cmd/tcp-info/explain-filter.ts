import type { Config } from '../../daemon/index.js';
import {
  BPF_INSTRUCTION_SIZE,
  compileFilter,
  dstAddressRules,
  type FilterPart,
  type FilterRule,
  formatFilterRule,
  type KernelFilter,
  LOCAL_RULES,
  MAX_BPF_INSTRUCTIONS,
  MAX_BYTECODE_BYTES,
  srcPortRules,
} from '../../inetdiag/index.js';

/** Returns the text of `-filter.explain`: rules with their origin, the part that the kernel applies, and sizes. */
export function explainFilter(config: Config): string {
  const origins: readonly (readonly [origin: string, rules: readonly FilterRule[]])[] = [
    ['always', LOCAL_RULES],
    ['-exclude-srcport', srcPortRules(config.excludedSrcPorts)],
    ['-exclude-dstip', dstAddressRules(config.excludedDstAddressKeys)],
    ['-filter', config.filterRules],
  ];
  const rules = origins.flatMap(([, each]) => each);
  const given = origins.flatMap(([origin, each]) => each.map((rule) => `  ${formatFilterRule(rule)}  (${origin})`));
  return [
    'A connection is recorded when no exclude rule matches it and, if there are include rules, one of them does.',
    ...given,
    '',
    ...(config.filterInKernel
      ? describe(compileFilter(rules))
      : ['-filter.kernel=false: the collector drops all of it.']),
    '',
  ].join('\n');
}

function describe({ parts, cost, bytecode, events }: KernelFilter): string[] {
  const rows = parts.map(({ name, size, inScans, inEvents }) => [name, share(inScans, size), share(inEvents, size)]);
  const cut = parts.some(({ size, forScans, inScans, inEvents }) => inScans < forScans || inEvents < size);
  const isSpared = parts.some(({ size, forScans }) => forScans < size);
  const nsPerSocket = Math.round(cost.pathNs);
  return [
    ...table([['the kernel leaves out', 'in scans', 'in destroy events'], ...rows]),
    '',
    `scans: ${bytecode.length} bytes of bytecode (limit ${MAX_BYTECODE_BYTES}), ${cost.operations} operations, ` +
      `${cost.auditSteps} steps to audit, at most some ${nsPerSocket} ns a socket`,
    `destroy events: ${events.length / BPF_INSTRUCTION_SIZE} instructions of classic BPF (limit ${MAX_BPF_INSTRUCTIONS})`,
    ...(isSpared ? ['Rules that match hardly any connection are not worth a test of every socket in every scan.'] : []),
    cut || isSpared ? 'The collector drops the rest after copying it from the kernel.' : 'The kernel drops all of it.',
  ];
}

/** Formats a count as a part of the whole. */
function share(count: number, size: FilterPart['size']): string {
  if (count === size) return `all ${size}`;
  return count === 0 ? `none of ${size}` : `${count} of ${size}`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
