// @ts-check
// Command line of the benchmark. Pure.
import { parseArgs } from 'node:util';
import { ALL_SCENARIOS, parseScenario, QUICK_SCENARIOS } from './scenario.mjs';

/** Thrown for an invalid command line. The message is one sentence for the user. */
export class UsageError extends Error {}

/**
 * @typedef {Readonly<{
 *   help: boolean,
 *   scenarios: readonly import('./scenario.mjs').Scenario[],
 *   pairs: number,
 *   seconds: number,
 *   warmUpSeconds: number,
 *   peers: readonly { readonly name: string, readonly command: string }[],
 *   peerBeatMs: number,
 *   twoWalks: boolean,
 *   ss: boolean,
 *   json: string,
 *   markdown: string | undefined,
 *   from: string | undefined,
 *   work: string | undefined,
 * }>} Options
 */

export const HELP = `usage: npm run bench -- [OPTION...]        (as root)

Measures the cost of the collector as a multiple of the cheapest possible program,
which asks the kernel for its sockets and discards the answer. All contenders take
turns on the same load. Prints medians and spreads as tables, and writes all samples
to a JSON file.

  --scenario=NAME[,...]  what to measure; can be repeated:
                         CONNECTIONS/ACTIVE: open connections, ACTIVE of them send every 10 ms;
                         N/s: connections opened and closed per second;
                         micro: parsing, comparing, writing lines and compression, separately.
                         Default: ${ALL_SCENARIOS.slice(0, 5).join(',')},
                         ${ALL_SCENARIOS.slice(5).join(',')}
  --pairs=N              rounds of each scenario (7)
  --seconds=N            measured seconds per contender and round (20)
  --warm-up=N            seconds before each measurement (5)
  --quick                other defaults: 3 rounds of 5 seconds after 3, and the scenarios
                         ${QUICK_SCENARIOS.join(',')}
  --peer=COMMAND         another collector, run by \`sh -c 'exec COMMAND'\` in the watched namespace;
                         can be repeated. {output} is replaced by an output folder, {metrics} by
                         the ADDRESS:PORT at which its metrics are read
  --peer-beat=MS         time between scans of peers that do not count their scans (10)
  --no-two-walks         skip the floor that asks for each address family separately
  --no-ss                skip \`ss -tin\` in a loop
  --json=FILE            file for all samples (bench.json)
  --markdown=FILE        also write the tables to FILE, between its lines <!-- bench --> and
                         <!-- /bench --> if it has them
  --from=FILE            do not measure; print the tables of a JSON file
  --work=FOLDER          folder for archives while measuring (the system's temporary folder)
  --help                 print this help
`;

/** @type {import('node:util').ParseArgsConfig['options']} */
const FLAGS = {
  scenario: { type: 'string', multiple: true },
  pairs: { type: 'string' },
  seconds: { type: 'string' },
  'warm-up': { type: 'string' },
  quick: { type: 'boolean' },
  peer: { type: 'string', multiple: true },
  'peer-beat': { type: 'string' },
  'no-two-walks': { type: 'boolean' },
  'no-ss': { type: 'boolean' },
  json: { type: 'string' },
  markdown: { type: 'string' },
  from: { type: 'string' },
  work: { type: 'string' },
  help: { type: 'boolean' },
};

/**
 * Reads the command line.
 * @param {readonly string[]} args
 * @returns {Options}
 * @throws UsageError
 */
export function parseOptions(args) {
  const given = parseFlags(args);
  const text = (/** @type {string} */ name) => {
    const value = given[name];
    if (value === '') throw new UsageError(`--${name} is empty`);
    return typeof value === 'string' ? value : undefined;
  };
  const number = (/** @type {string} */ name, /** @type {number} */ fallback, /** @type {number} */ most) =>
    toNumber(name, text(name) ?? String(fallback), most);
  const quick = given['quick'] === true;
  const list = (/** @type {string} */ name) => /** @type {string[]} */ (given[name] ?? []);
  return {
    help: given['help'] === true,
    scenarios: toScenarios(list('scenario'), quick ? QUICK_SCENARIOS : ALL_SCENARIOS),
    pairs: number('pairs', quick ? 3 : 7, 1000),
    seconds: number('seconds', quick ? 5 : 20, 3600),
    warmUpSeconds: number('warm-up', quick ? 3 : 5, 3600),
    peers: toPeers(list('peer')),
    peerBeatMs: number('peer-beat', 10, 3_600_000),
    twoWalks: given['no-two-walks'] !== true,
    ss: given['no-ss'] !== true,
    json: text('json') ?? 'bench.json',
    markdown: text('markdown'),
    from: text('from'),
    work: text('work'),
  };
}

/** @returns {Readonly<Record<string, unknown>>} */
function parseFlags(/** @type {readonly string[]} */ args) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true }).values;
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code?.startsWith('ERR_PARSE_ARGS') !== true) throw error;
    throw new UsageError(message.split('. ', 1)[0]);
  }
}

function toNumber(/** @type {string} */ name, /** @type {string} */ text, /** @type {number} */ most) {
  const value = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) throw new UsageError(`--${name}=${text}: expected a whole number from 1 to ${most}`);
  return value;
}

function toScenarios(/** @type {readonly string[]} */ lists, /** @type {readonly string[]} */ fallback) {
  const names = lists.length === 0 ? fallback : lists.flatMap((list) => list.split(','));
  return [...new Set(names)].map((name) => {
    const scenario = parseScenario(name);
    if (scenario !== undefined) return scenario;
    throw new UsageError(`--scenario=${name}: expected CONNECTIONS/ACTIVE, N/s or micro, such as 1000/100`);
  });
}

/** Names each peer by its program, with a number if several have the same name. */
function toPeers(/** @type {readonly string[]} */ commands) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return commands.map((command) => {
    const program = command.trim().split(/\s+/, 1)[0]?.replace(/^.*\//, '');
    if (program === undefined || program === '') throw new UsageError('--peer is empty');
    const count = (seen.get(program) ?? 0) + 1;
    seen.set(program, count);
    return { name: count === 1 ? `peer ${program}` : `peer ${program} ${count}`, command };
  });
}
