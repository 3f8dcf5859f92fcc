import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import type { LimitedBy } from '../../analysis/index.js';
import { archivePaths } from '../support/archives.js';
import { DAEMON, DaemonProcess } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { Path, type PathOptions } from '../support/path.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const run = promisify(execFile);
const SUPPORT = join(import.meta.dirname, '..', 'support');
const LIMITED = join(SUPPORT, 'limited.py');
const ASKING = join(SUPPORT, 'asking.py');
const PORT = 5201;
const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'slow.md');

/** A connection that is slow for one reason, recorded on both sides. The near side connects. */
interface Story {
  /** Mark of its picture in the document. */
  readonly name: string;
  readonly path?: PathOptions;
  /** Program of the far side, which listens, and its arguments. */
  readonly far: readonly string[];
  /** Program of the near side, its mode, and its arguments; address and port are inserted after the mode. */
  readonly near: readonly [program: string, mode: string, ...args: string[]];
  /** Largest send buffer, if the kernel's is too small. */
  readonly wmemMax?: number;
  /** Expected cause and sentence in the near archive. */
  readonly nearSays: readonly [LimitedBy, RegExp];
  /** Expected cause and sentence in the far archive. */
  readonly farSays: readonly [LimitedBy, RegExp];
}

const FAR_ENDS = { reader: [LIMITED, 'read', String(PORT)], server: [ASKING, 'serve', String(PORT)] };
const SENDER: readonly [string, string, string] = [LIMITED, 'send', '--seconds=3'];
const LONG: PathOptions = { delay: 0.04 };
const BOTTLENECK = ['tbf', 'rate', '8mbit', 'burst', '10kb', 'limit', '200kb'];
/** A queue that accepts everything from the sender: no loss. */
const LONG_QUEUE = ['tbf', 'rate', '8mbit', 'burst', '10kb', 'limit', '8mb'];
const SENT_ONLY = /^Slow because 10\.78\.0\.1 sent only /;

const STORIES: readonly Story[] = [
  {
    name: 'rwnd',
    far: [...FAR_ENDS.reader, '--bytes-per-second=1000000'],
    near: SENDER,
    nearSays: ['rwnd', /^Slow because the reader at 10\.78\.0\.2 took only [\d.]+ Mbit\/s\.$/],
    farSays: ['application', /^Slow because the program at 10\.78\.0\.2 did not read what had arrived\.$/],
  },
  {
    name: 'application',
    far: FAR_ENDS.reader,
    near: [...SENDER, '--every=0.2', '--piece=20000'],
    nearSays: ['application', /^Slow because the program at 10\.78\.0\.1 had nothing to send for /],
    farSays: ['peer', SENT_ONLY],
  },
  {
    name: 'peer',
    far: [...FAR_ENDS.server, '--think=0.25'],
    near: [ASKING, 'ask', '--times=10'],
    nearSays: ['peer', /^Slow because 10\.78\.0\.1 waited for 10\.78\.0\.2 for /],
    farSays: ['application', /^Slow because the program at 10\.78\.0\.2 had nothing to send for /],
  },
  {
    name: 'chatty',
    path: LONG,
    far: [...FAR_ENDS.server, '--answer=500'],
    near: [ASKING, 'ask', '--times=60', '--answer=500'],
    nearSays: [
      'peer',
      /^Slow because 10\.78\.0\.1 and 10\.78\.0\.2 took turns \d\d times, which cost a round trip of 4/,
    ],
    farSays: [
      'peer',
      /^Slow because 10\.78\.0\.2 and 10\.78\.0\.1 took turns \d\d times, which cost a round trip of 4/,
    ],
  },
  {
    name: 'loss',
    path: { delay: 0.02, loss: 0.02 },
    far: FAR_ENDS.reader,
    near: SENDER,
    nearSays: ['loss', /^Slow because the path to 10\.78\.0\.2 lost data: [\d.]+ % of the bytes were sent again\.$/],
    farSays: ['peer', SENT_ONLY],
  },
  {
    name: 'cwnd',
    path: { ...LONG, discipline: LONG_QUEUE },
    wmemMax: 1 << 25,
    far: FAR_ENDS.reader,
    near: SENDER,
    nearSays: ['cwnd', /^Slow because the path to 10\.78\.0\.2 carried /],
    farSays: ['peer', SENT_ONLY],
  },
  {
    name: 'sndbuf',
    path: LONG,
    far: FAR_ENDS.reader,
    near: [...SENDER, '--sndbuf=16384'],
    nearSays: ['sndbuf', /^Slow because the send buffer at 10\.78\.0\.1 was too small for a round trip of 4\d/],
    farSays: ['peer', SENT_ONLY],
  },
  {
    name: 'pacing',
    path: { ...LONG, discipline: BOTTLENECK },
    far: FAR_ENDS.reader,
    near: [...SENDER, '--algorithm=bbr'],
    nearSays: ['pacing', /^Slow because BBR sent at the rate that it measured on the path to 10\.78\.0\.2, /],
    farSays: ['peer', SENT_ONLY],
  },
  {
    name: 'idle',
    far: FAR_ENDS.server,
    near: [ASKING, 'ask', '--times=2', '--pause=1.5'],
    nearSays: ['idle', /^Not slow: idle .* of [\d.]+ s/],
    farSays: ['idle', /^Not slow: idle .* of [\d.]+ s/],
  },
];

describe.skipIf(!haveLab('stories') || !havePrograms('stories', 'tc', 'python3'))('docs/slow.md', () => {
  it.for(STORIES)('$name: both archives show the cause', { timeout: 120_000 }, async (story, { lab }) => {
    const outputs = await record(lab, story);
    if (process.env['UPDATE_GOLDEN'] === '1') await draw(story.name, outputs);
    for (const [output, [cause, sentence]] of [
      [outputs.near, story.nearSays],
      [outputs.far, story.farSays],
    ] as const) {
      const { verdict, evidence, finding } = await answer(output);
      expect(`${finding.kind === 'idle' ? 'idle' : finding.cause}: ${verdict}`, evidence).toMatch(
        new RegExp(`^${cause}: ${sentence.source.replace(/^\^/, '')}`),
      );
    }
  });
});

/** Archives of the two sides. */
interface Outputs {
  readonly near: string;
  readonly far: string;
}

async function record(lab: Lab, { path: options = {}, wmemMax, far, near }: Story): Promise<Outputs> {
  if (wmemMax !== undefined) lab.near.run('sh', '-c', `echo 4096 16384 ${wmemMax} > /proc/sys/net/ipv4/tcp_wmem`);
  await using path = await Path.lay(lab.near, lab.far, options);
  const nearDaemon = await lab.startDaemon();
  const farDaemon = await DaemonProcess.start({
    ...{ namespace: lab.far, scraper: lab.farPeer, output: join(lab.folder, 'far') },
    args: [`-uuid-prefix-file=${join(lab.folder, 'prefix')}`],
  });
  try {
    await using listener = Running.inside(lab.far, 'python3', ...far);
    await until('the listener', () => listener.output.includes('ready'));
    const [program, mode, ...args] = near;
    await using talker = Running.inside(lab.near, 'python3', program, mode, path.farIpv4, String(PORT), ...args);
    expect(await talker.ended(60_000), talker.output).toBe(0);
    expect(await listener.ended(60_000), listener.output).toBe(0);
    for (const daemon of [nearDaemon, farDaemon]) {
      await until('all ends', async () => (await daemon.metric('tcpinfo_connections')) === 0, 60_000);
    }
    await nearDaemon.stop();
    await farDaemon.stop();
  } finally {
    await farDaemon.abandon();
  }
  return { near: nearDaemon.output, far: farDaemon.output };
}

async function tcpInfo(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, COLUMNS: '100', NO_COLOR: '1' };
  return (await run(process.execPath, [DAEMON, ...args], { env, maxBuffer: 1 << 26 })).stdout;
}

function onlyArchive(output: string): string {
  const paths = archivePaths(output);
  expect(paths).toHaveLength(1);
  return String(paths[0]);
}

interface Answer {
  readonly verdict: string;
  readonly evidence: string;
  readonly finding: { readonly kind: string; readonly cause: LimitedBy | null };
}

async function answer(output: string): Promise<Answer> {
  return JSON.parse(await tcpInfo('show', '--format=json', onlyArchive(output))) as Answer;
}

/** Inserts a connection's picture between the marks of its story. */
async function draw(name: string, { near, far }: Outputs): Promise<void> {
  const show = async (output: string): Promise<string[]> =>
    (await tcpInfo('show', '--rows=5', onlyArchive(output))).trimEnd().split('\n');
  const nearLines = await show(near);
  const farLines = await show(far);
  const table = nearLines.slice(nearLines.lastIndexOf('') + 1, -1);
  const text = [
    'At the end that connected:',
    '',
    '```',
    ...nearLines.slice(0, nearLines.indexOf('')),
    '',
    ...table,
    '```',
    '',
    'At the other end:',
    '',
    '```',
    ...farLines.slice(0, farLines.indexOf('')),
    '```',
    '',
  ].join('\n');
  const document = readFileSync(DOCUMENT, 'utf8');
  const [open, close] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  expect(document, `${DOCUMENT} has the marks of ${name}`).toContain(open);
  const [before = '', rest = ''] = document.split(open);
  writeFileSync(DOCUMENT, `${before}${open}${text}${rest.slice(rest.indexOf(close))}`);
}
