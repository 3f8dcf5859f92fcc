import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { DaemonProcess } from '../support/daemon.js';
import type { Lab } from '../support/lab.js';
import { Path } from '../support/path.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';
import { PROMETHEUS, yamlFiles } from './rules.js';

const TRAFFIC = join(import.meta.dirname, 'traffic.py');
const PLOT = join(import.meta.dirname, 'plot.mjs');
const HTTP_SERVER = join(import.meta.dirname, '../support/http-server.mjs');
const HTTP_CLIENT = join(import.meta.dirname, '../support/http-client.mjs');
const HTTP_PORT = '8088';
/** Paths of requests: they are answered with 200, 404 and 503. */
const HTTP_PATHS = ['/pages/a', '/missing', '/error/b'];
/** Address of a scene's Prometheus, in the near namespace. */
export const PROMETHEUS_URL = 'http://127.0.0.1:9090';
/** A long path with some loss, to a bottleneck with a queue of a third of a second. */
const PATH = { delay: 0.02, loss: 0.003, discipline: ['tbf', 'rate', '16mbit', 'burst', '20kb', 'limit', '600kb'] };
/** Address of the near side on that path. */
const NEAR_IPV4 = '10.78.0.1';

/** One series in an answer of Prometheus. */
export interface Found {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, text: string];
}

/** A collector with traffic of every kind over a path with delay and loss, and a Prometheus that scrapes it. */
export class Scene implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #running: Running[] = [];
  #path: Path | undefined;

  private constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Starts everything; Prometheus scrapes once a second, with the rules and the job of the example. */
  static async start(lab: Lab): Promise<{ scene: Scene; daemon: DaemonProcess }> {
    const scene = new Scene(lab);
    try {
      return { scene, daemon: await scene.#start() };
    } catch (error) {
      await scene[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #start(): Promise<DaemonProcess> {
    const lab = this.#lab;
    const { near, far } = lab;
    this.#path = await Path.lay(near, far, PATH);
    const daemon = await lab.startDaemon({ args: ['-metrics.ports=443,5000-5010,7000', `-http.ports=${HTTP_PORT}`] });
    await lab.readEvents();
    await this.#traffic(near, 'serve');
    await this.#traffic(far, 'sink');
    this.#run(Running.inside(far, 'python3', TRAFFIC, 'use', NEAR_IPV4, near.ipv6));
    this.#run(Running.inside(near, 'python3', TRAFFIC, 'out', this.#path.farIpv4, lab.silentIpv4));
    await this.#http(lab);
    this.#prometheus();
    await until('Prometheus', async () => {
      const answer = await lab.nearPeer.get(`${PROMETHEUS_URL}/-/ready`).catch(() => undefined);
      return answer?.status === 200;
    });
    return daemon;
  }

  async #traffic(where: Lab['near'], mode: string): Promise<void> {
    const running = this.#run(Running.inside(where, 'python3', TRAFFIC, mode));
    await until(`traffic to ${mode}`, () => running.output.includes('ready'));
  }

  /** Asks a server again and again, for longer than any scene lasts. */
  async #http({ near, far }: Lab): Promise<void> {
    const server = this.#run(Running.inside(near, process.execPath, HTTP_SERVER, HTTP_PORT));
    await until('the HTTP server', () => server.output.includes('ready'));
    for (const path of HTTP_PATHS) {
      const url = `http://${near.ipv4}:${HTTP_PORT}${path}`;
      this.#run(Running.inside(far, process.execPath, HTTP_CLIENT, url, '1000000', '50'));
    }
  }

  #run(running: Running): Running {
    this.#running.push(running);
    return running;
  }

  #prometheus(): void {
    const example = parse(readFileSync(join(PROMETHEUS, 'prometheus.yml'), 'utf8')) as object;
    const config = join(this.#lab.folder, 'prometheus.yml');
    const global = { scrape_interval: '1s', evaluation_interval: '1s' };
    writeFileSync(config, stringify({ ...example, global, rule_files: yamlFiles('rules') }));
    this.#run(
      Running.inside(
        this.#lab.near,
        'prometheus',
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(this.#lab.folder, 'prometheus')}`,
        `--web.listen-address=${PROMETHEUS_URL.slice('http://'.length)}`,
      ),
    );
  }

  /** Returns Prometheus' answer. @throws Error when Prometheus rejects the query */
  async ask(path: string): Promise<unknown> {
    const { status, body } = await this.#lab.nearPeer.get(`${PROMETHEUS_URL}/api/v1/${path}`);
    const answer = JSON.parse(body) as { status: string; data: unknown; error?: string };
    if (status !== 200 || answer.status !== 'success') throw new Error(`Prometheus: ${answer.error}: ${path}`);
    return answer.data;
  }

  /** Returns the current series of an expression. */
  async query(expression: string): Promise<readonly Found[]> {
    const data = await this.ask(`query?query=${encodeURIComponent(expression)}`);
    return (data as { result: readonly Found[] }).result;
  }

  /** Draws the dashboard's rows over the whole time so far into a folder; returns the program's output. */
  async draw(folder: string, minutes: number): Promise<string> {
    const flags = [`--prometheus=${PROMETHEUS_URL}`, `--minutes=${minutes}`, `--out=${folder}`];
    await using plot = Running.inside(this.#lab.near, process.execPath, PLOT, ...flags);
    const code = await plot.ended(120_000);
    if (code !== 0) throw new Error(`plot ended with ${code}: ${plot.output}`);
    return plot.output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) await running[Symbol.asyncDispose]();
    await this.#path?.[Symbol.asyncDispose]();
  }
}
