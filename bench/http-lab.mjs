// Programs of bench/http.mjs in the two namespaces of a lab: the server and a capture in the near one, the client in the
// far one. The server has the first processor; the client and the capture have the second one, unless told otherwise.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DAEMON, NEAR } from './lab.mjs';

const PORT = 80;
const LOOPBACK = '127.0.0.1';
/** Time until a capture that has its socket is at rest, and until one has seen everything. */
const REST_MS = 1500;
const [SERVER_CPU, CLIENT_CPU] = ['0', '1'];

const flags = (options) => Object.entries(options).map(([name, value]) => `--${name}=${value}`);

/** Command lines of captures. They read the same packets. */
const CAPTURES = {
  ours: (options) => [process.execPath, DAEMON, 'http', `--port=${PORT}`, ...flags(options)],
  tshark: () => ['tshark', '-q', '-z', 'http,tree', '-i', 'cable', '-f', `tcp port ${PORT}`],
  // As root: it would give the file that it writes, /dev/null, to its own user.
  tcpdump: () => ['tcpdump', '-Z', 'root', '-w', '/dev/null', '-i', 'cable', `tcp port ${PORT}`],
};

/** Load and captures of HTTP. */
export class HttpLab {
  #lab;

  constructor(lab) {
    this.#lab = lab;
  }

  /** Returns a path in the folder of the lab. */
  path(name) {
    return join(this.#lab.folder, name);
  }

  #pinned(cpu, command) {
    return cpu === undefined ? [command[0], command.slice(1)] : ['taskset', ['-c', cpu, ...command]];
  }

  async startServer(options = {}, { isLocal = false, cpu = SERVER_CPU } = {}) {
    const address = isLocal ? LOOPBACK : NEAR[0];
    const args = ['http-server', ...flags({ address, port: PORT, ...options })];
    const server = this.#lab.startNear(...this.#pinned(cpu, [this.#lab.load, ...args]));
    return await server.says('ready\n');
  }

  startClient(options, { isLocal = false, cpu = CLIENT_CPU } = {}) {
    const to = isLocal ? LOOPBACK : NEAR[0];
    const command = this.#pinned(cpu, [this.#lab.load, 'http', ...flags({ to, port: PORT, ...options })]);
    return isLocal ? this.#lab.startNear(...command) : this.#lab.startFar(...command);
  }

  /** Runs a client until it has its answers. Returns its counts. */
  async ask(options, where) {
    return await this.startClient(options, where).totals();
  }

  /** Starts a capture, and waits until it captures. */
  async startCapture(name, options = {}, { cpu = CLIENT_CPU, meter } = {}) {
    return await this.startProgram(CAPTURES[name](options), { cpu, meter });
  }

  /** Starts a program that captures, and waits until it captures. */
  async startProgram(command, { cpu = CLIENT_CPU, meter } = {}) {
    const before = await this.#packetSockets();
    const capture = this.#lab.startNear(...this.#pinned(cpu, command), meter);
    while ((await this.#packetSockets()) <= before) {
      if (!capture.runs) throw new Error(`${command.join(' ')} ended: ${capture.stderr}`);
      await sleep(50);
    }
    await sleep(REST_MS);
    return capture;
  }

  /** Returns the number of packet sockets in the near namespace. */
  async #packetSockets() {
    const table = this.#lab.startNear('cat', ['/proc/net/packet']);
    await table.ended;
    return table.stdout.split('\n').length;
  }
}

/** Waits until a capture has seen what has passed. */
export async function rest() {
  await sleep(REST_MS);
}

/** Ends `tcp-info http --format=json`. Returns sums of its documents. */
export async function endOurs(capture) {
  const code = await capture.stop();
  const documents = capture.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const sum = (amount) => documents.reduce((total, document) => total + amount(document), 0);
  const { capture: last } = documents.at(-1);
  const { incomplete: _, ...unpaired } = last.unpaired;
  return {
    requests: sum(({ requests }) => requests),
    answers: sum(({ responses }) => responses),
    incomplete: sum(({ hosts }) => hosts.reduce((total, { incomplete }) => total + incomplete, 0)),
    unpaired: Object.values(unpaired).reduce((total, count) => total + count, 0),
    unparsed: last.unparsed,
    gaps: last.gaps,
    packets: last.packets,
    dropped: last.dropped,
    isJoined: documents.every(({ hosts }) => hosts.every(({ rttUs }) => rttUs.p50 !== null)),
    code,
  };
}

/** Ends tshark. Returns its counts. */
export async function endTshark(capture) {
  const code = await endByInterrupt(capture);
  const count = (name) => Number(new RegExp(`^ *${name} +(\\d+)`, 'm').exec(capture.stdout)?.[1] ?? Number.NaN);
  return {
    requests: count('HTTP Request Packets'),
    answers: count('Total HTTP Packets') - count('HTTP Request Packets'),
    dropped: Number(/(\d+) packets? dropped/.exec(capture.stderr)?.[1] ?? 0),
    code,
  };
}

/** Ends tcpdump. Returns its counts. */
export async function endTcpdump(capture) {
  const code = await endByInterrupt(capture);
  const count = (what) => Number(new RegExp(`^(\\d+) packets? ${what}`, 'm').exec(capture.stderr)?.[1] ?? Number.NaN);
  return { packets: count('captured'), dropped: count('dropped by kernel'), code };
}

/** Both print their counts after Ctrl-C. */
async function endByInterrupt(capture) {
  capture.child.kill('SIGINT');
  return await capture.ended;
}

/** Returns the lines of numbers of a file of the load: rows of the client's port, the position, and nanoseconds. */
export function readTimes(path) {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [port, position, ...times] = line.split(' ');
      return [`${port} ${position}`, times.map(BigInt)];
    }),
  );
}

/** Returns whether a program is installed. */
export function isInstalled(program) {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // which ends with 1 for what it does not find
  }
}
