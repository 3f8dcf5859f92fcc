import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { DaemonProcess } from './daemon.js';
import { haveLab, Lab } from './lab.js';
import type { Namespace } from './namespaces.js';
import type { PeerConnection } from './peer.js';
import { havePrograms } from './programs.js';
import { until } from './waiting.js';

/** Path of Debian's browser. */
const CHROMIUM = '/usr/bin/chromium';
const PORT = 7071;
/** Connections that send all the time. */
const CONNECTIONS = 6;
const SEND_MS = 200;
const SEND_BYTES = 20_000;

/** Returns true if a {@link PageLab} can be set up here; else reports on stderr what is skipped. */
export function havePageLab(what: string): boolean {
  return haveLab(what) && havePrograms(what, 'chromium', 'unshare');
}

/** Options of {@link PageLab.open}. */
export interface OpenOptions {
  /** Address behind `#`, without the token. */
  readonly place?: string;
  /** Address of the server; default: the collector of the lab. */
  readonly address?: string;
  /** Token; default: that of the lab's collector. Null: none. */
  readonly token?: string | null;
  readonly theme?: 'light' | 'dark';
  readonly widthPx?: number;
  readonly heightPx?: number;
}

/** Finding of axe-core. */
export interface Finding {
  readonly rule: string;
  readonly impact: string;
  readonly help: string;
  /** Selectors of the elements. */
  readonly elements: readonly string[];
}

/** Page in a browser, with everything that is wrong with it. */
export class OpenedPage {
  readonly page: Page;
  readonly #faults: string[] = [];
  #forgiven: RegExp | undefined;

  constructor(page: Page, origin: string) {
    this.page = page;
    page.on('request', (request) => {
      const url = new URL(request.url());
      const isOwn = url.origin === origin || url.protocol === 'data:' || url.protocol === 'blob:';
      if (!isOwn) this.#faults.push(`request to another host: ${url.href}`);
      if (url.href.includes('token')) this.#faults.push(`token in an address: ${url.href}`);
    });
    page.on('pageerror', (error) => this.#faults.push(`error: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      // The browser reports each answer that is an error; not all are faults of the page.
      if (message.type() !== 'error' || message.text().startsWith('Failed to load resource')) return;
      this.#faults.push(`console: ${message.text()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 500) this.#faults.push(`answer ${response.status()}: ${response.url()}`);
    });
  }

  /** Reports violations of the content security policy, too. To be called before the page is loaded. */
  async watchPolicy(): Promise<void> {
    await this.page.exposeFunction('reportViolation', (text: string) => {
      this.#faults.push(`policy: ${text}`);
    });
    await this.page.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
      reportViolation(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile));`);
  }

  /** Errors, requests to other hosts, and violations of the policy, except forgiven ones. */
  get faults(): readonly string[] {
    return this.#faults.filter((fault) => this.#forgiven?.test(fault) !== true);
  }

  /** Forgives faults that a test provokes, such as errors of requests while the collector is stopped. */
  forgive(pattern: RegExp): void {
    this.#forgiven = pattern;
  }

  /** Returns what axe-core finds that is serious or critical; `selector` limits it to a part of the page. */
  async seriousFindings(selector?: string): Promise<readonly Finding[]> {
    await this.page.evaluate(axeSource());
    const run = `axe.run(${selector === undefined ? 'document' : JSON.stringify(selector)}, { resultTypes: ['violations'] })`;
    const { violations } = (await this.page.evaluate(run)) as {
      readonly violations: readonly {
        readonly id: string;
        readonly impact: string | null;
        readonly help: string;
        readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
      }[];
    };
    return violations.flatMap(({ id, impact, help, nodes }) => {
      if (impact !== 'serious' && impact !== 'critical') return [];
      const elements = nodes.map(({ target, failureSummary = '' }) => `${target.join(' ')}: ${failureSummary}`);
      return [{ rule: id, impact, help, elements }];
    });
  }
}

let axe: string | undefined;

function axeSource(): string {
  axe ??= readFileSync(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8');
  return axe;
}

/** Browser inside a network namespace. It has no other network. */
export class NamespaceBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** @param folder folder for a program that starts the browser inside the namespace */
  static async launch(namespace: Namespace, folder: string): Promise<NamespaceBrowser> {
    const starter = join(folder, 'chromium');
    const [file, args] = namespace.command(CHROMIUM);
    writeFileSync(starter, `#!/bin/sh\nexec ${[file, ...args].join(' ')} "$@"\n`);
    chmodSync(starter, 0o755);
    // As root, the browser refuses to run with its sandbox.
    const browser = await chromium.launch({ executablePath: starter, args: ['--no-sandbox', '--disable-gpu'] });
    return new NamespaceBrowser(browser);
  }

  /** Opens an address in a window of its own, which shares nothing with others. */
  async open(url: string, { theme = 'light', widthPx = 1400, heightPx = 900 }: OpenOptions = {}): Promise<OpenedPage> {
    const context = await this.#browser.newContext({
      viewport: { width: widthPx, height: heightPx },
      colorScheme: theme,
      locale: 'en-US',
      timezoneId: 'UTC',
    });
    const opened = new OpenedPage(await context.newPage(), new URL(url).origin);
    await opened.watchPolicy();
    await opened.page.goto(url);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** Flag of a collector; as a function, one that names something of the lab. */
export type PageFlag = string | ((lab: Lab) => string);

/** Namespaces with traffic, a collector with `-live` on a port, and a browser beside it. */
export class PageLab implements AsyncDisposable {
  readonly lab: Lab;
  readonly #flags: readonly PageFlag[];
  #daemon: DaemonProcess | undefined;
  #browser: NamespaceBrowser | undefined;
  #isSending = true;
  #sending: Promise<void> = Promise.resolve();

  private constructor(flags: readonly PageFlag[]) {
    this.lab = new Lab();
    this.#flags = flags;
  }

  /** @param flags further flags of the collector */
  static async start(...flags: readonly PageFlag[]): Promise<PageLab> {
    const pageLab = new PageLab(flags);
    try {
      await pageLab.startCollector();
      pageLab.#browser = await NamespaceBrowser.launch(pageLab.lab.near, pageLab.lab.folder);
      const port = await pageLab.lab.farPeer.listen('0.0.0.0');
      const ends = await Promise.all(Array.from({ length: CONNECTIONS }, () => pageLab.lab.connectOut(port)));
      pageLab.#sending = pageLab.#send(ends.map(({ near }) => near));
      return pageLab;
    } catch (error) {
      await pageLab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Address of the collector, without a slash at the end. */
  readonly address = `http://127.0.0.1:${PORT}`;

  get daemon(): DaemonProcess {
    if (this.#daemon === undefined) throw new Error('the collector was not started');
    return this.#daemon;
  }

  get browser(): NamespaceBrowser {
    if (this.#browser === undefined) throw new Error('the browser was not started');
    return this.#browser;
  }

  /** Token that the collector has announced. */
  get token(): string {
    return readFileSync(join(this.lab.folder, 'live-token'), 'utf8').trim();
  }

  /** Starts the collector, again after its end. */
  async startCollector(): Promise<void> {
    this.#daemon = await this.lab.startDaemon({
      args: [
        `-live=127.0.0.1:${PORT}`,
        ...this.#flags.map((flag) => (typeof flag === 'string' ? flag : flag(this.lab))),
      ],
      env: { RUNTIME_DIRECTORY: this.lab.folder },
    });
    await until('the token', () => existsSync(join(this.lab.folder, 'live-token')));
  }

  /** Opens the page. Its token is in the address, as the collector prints it. */
  async open(options: OpenOptions = {}): Promise<OpenedPage> {
    const { address = this.address, token = this.token, place = '' } = options;
    const parts = [place, token === null ? '' : `token=${token}`].filter((part) => part !== '');
    return await this.browser.open(`${address}/#${parts.join('&')}`, options);
  }

  /** Sends now and then, so that rates and times change. */
  async #send(connections: readonly PeerConnection[]): Promise<void> {
    while (this.#isSending) {
      await Promise.all(connections.map((connection, i) => connection.send(SEND_BYTES * (i + 1))));
      await sleep(SEND_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isSending = false;
    await this.#sending;
    await this.#browser?.[Symbol.asyncDispose]();
    await this.lab.remove();
  }
}

/** Pages of the tests of one `describe`. */
export interface Pages {
  /** Opens a page that is closed after the test, which fails if anything was wrong with the page. */
  readonly open: (options?: OpenOptions) => Promise<OpenedPage>;
  /** The lab of all tests. */
  readonly pageLab: () => PageLab;
}

/**
 * Starts a {@link PageLab} for the tests of a `describe`, in which it has to be called.
 * @param flags further flags of the collector
 */
export function usePages(...flags: readonly PageFlag[]): Pages {
  let pageLab: PageLab | undefined;
  const opened: OpenedPage[] = [];
  const started = (): PageLab => {
    if (pageLab === undefined) throw new Error('the lab is started before the first test, and not there yet');
    return pageLab;
  };
  beforeAll(async () => {
    pageLab = await PageLab.start(...flags);
  });
  afterEach(async () => {
    const pages = opened.splice(0);
    await Promise.all(pages.map(({ page }) => page.context().close()));
    expect(pages.flatMap(({ faults }) => faults)).toEqual([]);
  });
  afterAll(async () => {
    await pageLab?.[Symbol.asyncDispose]();
  });
  const open = async (options?: OpenOptions): Promise<OpenedPage> => {
    const page = await started().open(options);
    opened.push(page);
    return page;
  };
  return { open, pageLab: started };
}
