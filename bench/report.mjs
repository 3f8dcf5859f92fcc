// @ts-check
// Computes medians of samples, and formats them as tables. Pure.
import { describeScenario, parseScenario } from './scenario.mjs';
import { pairedRatios, summarize } from './statistics.mjs';

/** Share of busy time above which the machine is too busy to keep the beat. */
const SATURATED = 0.95;
/** Cores used by others above which a remark is printed: more than normal background work. */
const SHARED = 0.1;

/**
 * Cost of one contender in one round: figures by name, or an error.
 * @typedef {{ readonly pair: number, readonly contender: string, readonly error?: string,
 *   readonly [figure: string]: unknown }} Sample
 * @typedef {import('./statistics.mjs').Summary} Summary
 * @typedef {{ readonly contender: string, readonly figures: Readonly<Record<string, Summary>>,
 *   readonly notes: Readonly<Record<string, unknown>>, readonly timesFloor?: Summary, readonly timesOurs?: Summary,
 *   readonly error?: string }} Row
 */

/**
 * Computes medians and spreads of every figure, one row per contender, with the ratios of CPU per scan in each pair.
 * @param {readonly Sample[]} samples
 * @param {{ readonly floor: string, readonly ours: string }} names
 * @returns {Row[]}
 */
export function summarizeSamples(samples, { floor, ours }) {
  const pairs = Math.max(-1, ...samples.map(({ pair }) => pair)) + 1;
  const costs = (/** @type {string} */ contender) => {
    const costOf = new Map(samples.filter((each) => each.contender === contender).map((each) => [each.pair, each]));
    return Array.from({ length: pairs }, (_, pair) => asNumber(costOf.get(pair)?.['cpuPerScanMs']));
  };
  return [...new Set(samples.map(({ contender }) => contender))].map((contender) => {
    const own = samples.filter((each) => each.contender === contender);
    const timesFloor = summarize(pairedRatios(costs(contender), costs(floor)));
    const timesOurs = summarize(pairedRatios(costs(contender), costs(ours)));
    const error = own.find((each) => each.error !== undefined)?.error;
    return {
      contender,
      figures: summarizeFigures(own),
      notes: Object.fromEntries(
        own.flatMap((each) => Object.entries(each).filter(([, value]) => typeof value !== 'number')),
      ),
      ...(timesFloor === undefined ? {} : { timesFloor }),
      ...(timesOurs === undefined ? {} : { timesOurs }),
      ...(error === undefined ? {} : { error }),
    };
  });
}

/** @returns {Record<string, Summary>} */
function summarizeFigures(/** @type {readonly Sample[]} */ samples) {
  const names = new Set(samples.flatMap((each) => Object.keys(each)).filter((name) => name !== 'pair'));
  const all = [...names].map((name) => [name, summarize(samples.map((each) => asNumber(each[name])).filter(isThere))]);
  return Object.fromEntries(all.filter(([, summary]) => summary !== undefined));
}

function asNumber(/** @type {unknown} */ value) {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** @type {(value: number | undefined) => value is number} */
const isThere = (value) => value !== undefined;

/**
 * Formats a markdown table with aligned columns: the first one left, figures right.
 * @param {readonly string[]} header
 * @param {readonly (readonly string[])[]} rows
 */
export function formatTable(header, rows) {
  const widths = header.map((title, i) => Math.max(3, title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ cells) => {
    const padded = cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(header), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

/**
 * Formats a number with three digits, or more if its integer part has more.
 * @param {number} value
 */
export function formatNumber(value) {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '–';
  const digits = Number.isInteger(value) ? 0 : decimals(value);
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function decimals(/** @type {number} */ value) {
  return Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}

const median = (/** @type {Summary | undefined} */ summary, unit = '') =>
  summary === undefined ? '–' : `${formatNumber(summary.median)}${unit}`;

const spread = (/** @type {Summary | undefined} */ summary) =>
  summary === undefined
    ? '–'
    : `${formatNumber(summary.median)} (${formatNumber(summary.min)} to ${formatNumber(summary.max)})`;

const percent = (/** @type {Summary | undefined} */ summary) =>
  summary === undefined ? '–' : `${formatNumber(summary.median * 100)} %`;

/** @typedef {readonly [title: string, cell: (row: Row) => string]} Column */

const medianOf =
  (/** @type {string} */ name, unit = '') =>
  (/** @type {Row} */ row) =>
    median(row.figures[name], unit);
/** Column of a lateness. That of the collector is only an upper bound, from a histogram. */
const late = (/** @type {string} */ name) => (/** @type {Row} */ row) => {
  const text = median(row.figures[name], ' ms');
  return row.notes['lateIsBound'] === true && text !== '–' ? `≤ ${text}` : text;
};

/** @type {readonly Column[]} */
const COST = [
  ['', (row) => row.contender],
  ['CPU, of a core', (row) => percent(row.figures['cores'])],
  ['CPU a scan', medianOf('cpuPerScanMs', ' ms')],
  ['× floor', (row) => spread(row.timesFloor)],
  ['× tcp-info', (row) => spread(row.timesOurs)],
];

/** @type {readonly Column[]} */
const BEAT = [
  ['a scan', medianOf('scanMs', ' ms')],
  ['beat', medianOf('beatMs', ' ms')],
  ['late, p99', late('lateP99Ms')],
  ['late, most', late('lateMaxMs')],
];

/** @type {readonly Column[]} */
const OUTPUT = [
  ['RSS MiB', medianOf('rssMib')],
  ['PSS MiB', medianOf('pssMib')],
  ['records/s', medianOf('recordsPerSecond')],
  ['B a record', medianOf('bytesPerRecord')],
  ['files/s', medianOf('filesPerSecond')],
];

/** @type {readonly Column[]} */
const AROUND = [
  ['load, cores', medianOf('loadCores')],
  ['others, cores', medianOf('otherCores')],
  ['machine busy', (row) => percent(row.figures['machineBusy'])],
];

/** @type {readonly Column[]} */
const ENDS = [
  ['closes/s', medianOf('closesPerSecond')],
  ['lost events', (row) => spread(row.figures['lostEvents'])],
  ['final records', medianOf('final')],
  ['of', medianOf('connections')],
  ['caught up', medianOf('caughtUpSeconds', ' s')],
];

/**
 * Formats one scenario as markdown: heading, table and remarks.
 * @param {{ readonly name: string, readonly rows?: readonly Row[], readonly micro?: any, readonly skipped?: string }}
 * result
 */
export function formatScenario({ name, rows, micro, skipped }) {
  const scenario = parseScenario(name);
  if (scenario === undefined) throw new Error(`${name} is no scenario`);
  const heading = `### ${describeScenario(scenario)}`;
  if (skipped !== undefined) return `${heading}\n\nNot measured: ${skipped}.`;
  if (micro !== undefined) return `${heading}\n\n${formatMicro(micro)}`;
  const columns = [...COST, ...BEAT, ...OUTPUT, ...(scenario.kind === 'closes' ? ENDS : []), ...AROUND];
  const good = (rows ?? []).filter((row) => row.figures['cores'] !== undefined);
  const table = formatTable(
    columns.map(([title]) => title),
    good.map((row) => columns.map(([, cell]) => cell(row))),
  );
  return [heading, table, ...remarks(rows ?? [])].join('\n\n');
}

function remarks(/** @type {readonly Row[]} */ rows) {
  const saturated = rows.filter((row) => (row.figures['machineBusy']?.median ?? 0) >= SATURATED);
  const nominal = rows.filter((row) => row.notes['scansFrom'] === 'its nominal beat');
  const failed = rows.filter((row) => row.error !== undefined);
  const names = (/** @type {readonly Row[]} */ some) => some.map((row) => row.contender).join('; ');
  const others = Math.max(0, ...rows.map((row) => row.figures['otherCores']?.median ?? 0));
  return [
    others > SHARED ? `The machine was shared: others used up to ${formatNumber(others)} cores meanwhile.` : '',
    saturated.length > 0 ? `No processor was idle, so the times are unreliable: ${names(saturated)}.` : '',
    nominal.length > 0
      ? `CPU per scan by the nominal beat, because the number of scans is unknown: ${names(nominal)}.`
      : '',
    ...failed.map((row) => `${row.contender} failed: ${row.error?.split('\n', 1)[0]}.`),
  ].filter(Boolean);
}

function formatMicro(/** @type {any} */ { parts, frames }) {
  const table = formatTable(
    ['nanoseconds and bytes a record', 'main thread', 'all threads', 'bytes on the heap', 'bytes outside'],
    parts.map((/** @type {any} */ part) => [
      part.name,
      ...[part.mainNs, part.allNs].map(spread),
      ...[part.heapBytes, part.outsideBytes].map((summary) => median(summary)),
    ]),
  );
  const sizes = formatTable(
    ['records a second of a connection', 'connections', 'records', 'B a record', 'B a record, one frame', 'more'],
    frames.map((/** @type {any} */ group) => [
      group.rate,
      ...[group.connections, group.records, group.frames / group.records, group.whole / group.records].map(
        formatNumber,
      ),
      `${(group.more * 100).toFixed(1)} %`,
    ]),
  );
  return `${table}\n\n${sizes}`;
}

/**
 * Formats all results as markdown, after a description of the machine.
 * @param {any} results
 */
export function formatResults({ began, machine, options, cpuFrom, peers, scenarios }) {
  const { kernel, cpu, cores, memoryMib, tableBuckets, node, commit, archivesOn } = machine;
  const on = [
    `${cores} × ${cpu}, ${formatNumber(memoryMib / 1024)} GiB, Linux ${kernel}, a table of ${formatNumber(tableBuckets)} buckets`,
    `Node ${node}${commit === undefined ? '' : `, commit ${commit}`}${archivesOn === undefined ? '' : `, archives on ${archivesOn}`}`,
  ].join('; ');
  const { pairs, seconds, warmUpSeconds } = options;
  const how = `Medians of ${pairs} rounds of ${seconds} s after ${warmUpSeconds} s of warming up, with least and most in parentheses. CPU by ${cpuFrom}, all processes.`;
  const others = peers.map((/** @type {any} */ { name, command }) => `${name}: \`${command}\``);
  const sections = scenarios.map(formatScenario);
  return `${[`Measured ${began.slice(0, 16).replace('T', ' ')} UTC on ${on}.`, how, ...others, ...sections].join('\n\n')}\n`;
}

export const MARKS = ['<!-- bench -->', '<!-- /bench -->'];

/**
 * Puts the tables between the marks of a document. Without marks the tables become the document.
 * @param {string} document
 * @param {string} tables
 */
export function insertBetweenMarks(document, tables) {
  const [begin = '', end = ''] = MARKS;
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from === -1 || to < from) return tables;
  return `${document.slice(0, from + begin.length)}\n${tables}${document.slice(to)}`;
}
