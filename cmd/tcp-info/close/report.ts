import type { DestroyResult } from '../../../inetdiag/index.js';
import { tcpStateName } from '../../../tcp/index.js';
import type { MaybeTerminal } from '../../../view/index.js';
import { hasReaderGone, write } from '../../tool/output.js';
import type { Match, Matches } from './find-matches.js';

/** Word for what became of a connection: its result, or that it would be destroyed, or only matches. */
export type Fate = DestroyResult | 'would-destroy' | 'matched';

/** Connection and what became of it. */
export interface ReportedMatch {
  readonly match: Match;
  readonly fate: Fate;
  /** Positive errno of the kernel, if it gave one. */
  readonly errno?: number;
}

/** Facts at the end of the output. */
export interface Ending {
  readonly matches: Matches;
  readonly max: number;
  readonly dryRun: boolean;
  /** Number of connections by fate; `notTried` if the work was broken off. */
  readonly counts: Readonly<Partial<Record<Fate | 'notTried', number>>>;
}

/** Output of the command. When its reader goes away, such as head, the work goes on, and nothing more is printed. */
export interface Report {
  /** Prints connections. @throws OutputError */
  add(matches: readonly ReportedMatch[]): Promise<void>;
  /** Prints the end. @throws OutputError */
  end(ending: Ending): Promise<void>;
}

/** Creates the output in a format. */
export function createReport(stdout: MaybeTerminal, format: 'text' | 'json'): Report {
  let isGone = false;
  const print = async (text: string): Promise<void> => {
    if (isGone) return;
    try {
      await write(stdout, Buffer.from(text));
    } catch (error) {
      if (!hasReaderGone(error)) throw error;
      isGone = true;
    }
  };
  return format === 'json' ? new JsonReport(print) : new TextReport(print);
}

type Print = (text: string) => Promise<void>;

class TextReport implements Report {
  readonly #print: Print;

  constructor(print: Print) {
    this.#print = print;
  }

  async add(matches: readonly ReportedMatch[]): Promise<void> {
    if (matches.length > 0) await this.#print(matches.map((each) => `${lineOf(each)}\n`).join(''));
  }

  async end(ending: Ending): Promise<void> {
    await this.#print(`${[summaryOf(ending), ...leftOut(ending.matches)].join('; ')}\n`);
  }
}

class JsonReport implements Report {
  readonly #print: Print;
  #isFirst = true;

  constructor(print: Print) {
    this.#print = print;
  }

  async add(matches: readonly ReportedMatch[]): Promise<void> {
    if (matches.length === 0) return;
    const start = this.#isFirst ? '{"connections":[\n' : ',\n';
    this.#isFirst = false;
    await this.#print(start + matches.map((each) => JSON.stringify(jsonOf(each))).join(',\n'));
  }

  async end({ matches: { found, timeWait, listening, own }, max, dryRun, counts }: Ending): Promise<void> {
    const facts = { matched: found.length, max, dryRun, ...counts, leftOut: { timeWait, listening, own } };
    const start = this.#isFirst ? '{"connections":[' : '\n';
    await this.#print(`${start}],${JSON.stringify(facts).slice(1)}\n`);
  }
}

const FATE_WIDTH = 'would-destroy'.length;
const STATE_WIDTH = 'ESTABLISHED'.length;
const END_WIDTH = '255.255.255.255:65535'.length;

function lineOf({ match, fate, errno = 0 }: ReportedMatch): string {
  const { socket, localAddress, remoteAddress, uuid, place } = match;
  const { sport, dport } = socket.id;
  return [
    fate.padEnd(FATE_WIDTH),
    tcpStateName(socket.state).padEnd(STATE_WIDTH),
    endOf(localAddress, sport).padEnd(END_WIDTH),
    endOf(remoteAddress, dport).padEnd(END_WIDTH),
    uuid,
    ...(place.netnsName === null ? [] : [`netns=${place.netnsName}`]),
    ...(fate === 'error' ? [`errno=${errno}`] : []),
  ].join('  ');
}

function endOf(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function jsonOf({ match, fate, errno = 0 }: ReportedMatch): object {
  const { socket, localAddress, remoteAddress, uuid, place, idleMs } = match;
  return {
    result: fate,
    ...(errno === 0 ? {} : { errno }),
    uuid,
    cookie: uuid.slice(uuid.lastIndexOf('_') + 1),
    state: tcpStateName(socket.state),
    localAddress,
    localPort: socket.id.sport,
    remoteAddress,
    remotePort: socket.id.dport,
    netnsName: place.netnsName,
    netnsInode: place.netnsInode,
    idleMs,
    uid: socket.uid,
    inode: socket.inode,
  };
}

const WORDS: Readonly<Record<Fate | 'notTried', string>> = {
  destroyed: 'destroyed',
  ended: 'had ended before',
  denied: 'denied',
  unsupported: 'not supported',
  error: 'failed',
  'would-destroy': 'would be destroyed',
  matched: 'match, more than --max allows',
  notTried: 'not tried',
};

function summaryOf({ matches: { found }, counts }: Ending): string {
  const parts = (Object.keys(WORDS) as (keyof typeof WORDS)[]).flatMap((fate) => {
    const count = counts[fate] ?? 0;
    return count === 0 ? [] : [`${count} ${WORDS[fate]}`];
  });
  const total = `${found.length} connection${found.length === 1 ? '' : 's'}`;
  return parts.length === 0 ? total : `${total}: ${parts.join(', ')}`;
}

function leftOut({ found, timeWait, listening, own }: Matches): string[] {
  return [
    ...(timeWait > 0 ? [`${timeWait} in TIME_WAIT left out (--time-wait takes them too)`] : []),
    // With connections, the listener that they came through usually matches as well.
    ...(listening > 0 && found.length === 0 ? [`${listening} listening, never ended`] : []),
    ...(own > 0 ? [`${own} of this program itself, never ended`] : []),
  ];
}
