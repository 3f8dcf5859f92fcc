// Measures the page: `npm run bench:live-page -- [PAIRS]`, as root with chromium, on an idle machine; default 5 pairs.
// 1,000 connections, 100 of them sending: a collector with one page, and with three pages and `top`, each beside a
// collector without `-live` that sees the same connections at the same time. Then 10,000 connections, 100 of them
// sending, and one page that is scrolled: times between its frames, its long tasks, bytes of answers a second, and the
// time until the first row is there. Prints a line for each sample, and at the end medians and the targets. CPU is that
// of all threads of the collector, by the scheduler's own clock; the browser runs on the same machine.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { measureBeside } from './beside.mjs';
import { FAR, withLab } from './lab.mjs';
import { quantile } from './statistics.mjs';
import { Top } from './top-terminal.mjs';

const pairs = Number(process.argv[2] ?? 5);
if (!Number.isInteger(pairs) || pairs < 1) {
  process.stderr.write('usage: live-page.mjs [PAIRS]\n');
  process.exit(2);
}
const PORT = 30_000;
const PAGE_PORT = 7071;
const TOKEN = 'token-of-the-measurement';
/** Time until code that runs once a second is compiled. */
const WARM_UP_MS = 75_000;
const MEASURED_MS = 15_000;
/** Time between turns of the wheel, and their pixels. */
const [WHEEL_MS, WHEEL_PX] = [100, 300];
/** Targets: CPU as a multiple, milliseconds between frames, bytes of answers a second, milliseconds until the first row. */
const [MOST_FRAME_MS, MOST_TASK_MS, MOST_TICK_BYTES, MOST_USABLE_MS] = [33, 50, 40_000, 1000];
const VARIANTS = [
  { name: 'page', pages: 1, top: false, most: 1.1 },
  { name: 'pages', pages: 3, top: true, most: 1.2 },
];

/** Starts a browser in the namespace of the load. */
async function launch(lab) {
  const starter = join(lab.folder, 'chromium');
  const [file, args] = lab.nearCommand('/usr/bin/chromium');
  writeFileSync(starter, `#!/bin/sh\nexec ${[file, ...args].join(' ')} "$@"\n`);
  chmodSync(starter, 0o755);
  return await chromium.launch({ executablePath: starter, args: ['--no-sandbox', '--disable-gpu'] });
}

/** Opens the page, each in a window of its own: pages in hidden tabs would rest. Waits for the first row. */
async function openPage(browser) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) globalThis.longTasks.push({ startTime, duration });
    }).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(`http://127.0.0.1:${PAGE_PORT}/#token=${TOKEN}`, { waitUntil: 'commit' });
  // The first row is that of the titles.
  await page.waitForFunction(() => document.querySelectorAll('[role=grid] [role=row]').length > 1);
  return { page, usableMs: Math.round(await page.evaluate(() => performance.now())) };
}

/** Flags of a collector with the page and a unix socket. */
function liveFlags(folder) {
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  const socketPath = join(folder, 'live.sock');
  return {
    socketPath,
    flags: [`-live=127.0.0.1:${PAGE_PORT}`, `-live=unix:${socketPath}`, `-live.token-file=${tokenFile}`],
  };
}

/** Measures the CPU of a collector with pages beside one without `-live`. */
async function sample(lab, browser, { pages, top }, offFirst) {
  const folder = mkdtempSync(join(lab.folder, 'page-'));
  const { flags, socketPath } = liveFlags(folder);
  const useIt = async () => {
    const opened = [];
    for (let i = 0; i < pages; i++) opened.push(await openPage(browser));
    const shown = top ? await Top.start(lab, folder, [`--connect=unix:${socketPath}`]) : undefined;
    const stop = async () => {
      for (const { page } of opened) await page.context().close();
      shown?.stop();
    };
    return { begin: () => () => ({ lost: lab.scrape()('tcpinfo_destroy_events_lost_total') ?? 0 }), stop };
  };
  try {
    return await measureBeside(lab, { flags, offFirst, warmUpMs: WARM_UP_MS, measuredMs: MEASURED_MS, useIt });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureVariants(lab, browser) {
  const samples = Object.fromEntries(VARIANTS.map(({ name }) => [name, []]));
  for (let pair = 0; pair < pairs; pair++) {
    for (const variant of pair % 2 === 0 ? VARIANTS : VARIANTS.toReversed()) {
      const figures = await sample(lab, browser, variant, pair % 2 === 0);
      samples[variant.name].push(figures);
      process.stdout.write(`${pair + 1} ${variant.name} ${JSON.stringify(figures)}\n`);
    }
  }
  return VARIANTS.map(({ name, most }) => {
    const median = (key) =>
      quantile(
        samples[name].map((each) => each[key]),
        0.5,
      );
    const ratio = Number(median('ratio').toFixed(3));
    const lost = samples[name].reduce((sum, each) => sum + each.lost, 0);
    return { name, cpu: median('cpu'), ratio, most, lost, ok: ratio <= most };
  });
}

/** Returns the bytes that passed loopback in a process's network namespace, all headers included. */
function loopbackBytes(pid) {
  const [, received] = /^\s*lo:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/net/dev`, 'utf8')) ?? [];
  return Number(received);
}

/** Measures a page that is scrolled through all its rows. */
async function measureScrolling(lab, browser) {
  const { flags } = liveFlags(lab.folder);
  const daemon = await lab.startDaemonWithin(undefined, ...flags);
  try {
    await sleep(WARM_UP_MS);
    const usable = [];
    let opened;
    for (let i = 0; i < 5; i++) {
      await opened?.page.context().close();
      opened = await openPage(browser);
      usable.push(opened.usableMs);
    }
    const { page } = opened;
    // What is counted is a page at rest: scrolling asks for further rows.
    await sleep(1000);
    const before = loopbackBytes(daemon.pid);
    await sleep(MEASURED_MS);
    const tickBytes = Math.round((loopbackBytes(daemon.pid) - before) / (MEASURED_MS / 1000));
    await page.getByRole('grid').first().hover();
    const frames = page.evaluate(
      (measuredMs) =>
        new Promise((resolve) => {
          const times = [];
          const began = performance.now();
          const next = (atMs) => {
            times.push(atMs);
            if (atMs - began < measuredMs) requestAnimationFrame(next);
            else resolve({ began, gaps: times.slice(1).map((each, i) => each - times[i]) });
          };
          requestAnimationFrame(next);
        }),
      MEASURED_MS,
    );
    for (let turned = 0; turned < MEASURED_MS; turned += WHEEL_MS) {
      await page.mouse.wheel(0, WHEEL_PX);
      await sleep(WHEEL_MS);
    }
    const { began, gaps } = await frames;
    const tasks = await page.evaluate(() => globalThis.longTasks);
    const longest = Math.max(0, ...tasks.flatMap(({ startTime, duration }) => (startTime > began ? [duration] : [])));
    const rounded = (values, q) => Number(quantile(values, q).toFixed(1));
    const figures = {
      ...{ usableMs: quantile(usable, 0.5), tickBytes, frameP95Ms: rounded(gaps, 0.95) },
      ...{ frameMaxMs: rounded(gaps, 1), longestTaskMs: Math.round(longest) },
    };
    const ok =
      figures.usableMs <= MOST_USABLE_MS &&
      tickBytes <= MOST_TICK_BYTES &&
      figures.frameP95Ms <= MOST_FRAME_MS &&
      longest <= MOST_TASK_MS;
    return { ...figures, ok };
  } finally {
    await daemon.stop();
  }
}

/** Runs a measurement beside connections; some of them send. */
async function withConnections(lab, port, count, measure) {
  const server = await lab.startLoad('hold-server', { address: FAR, port, active: 0 });
  const load = { to: FAR, port, count, active: 100, seconds: 36_000, 'max-bytes': 500 };
  const held = await lab.startLoad('hold', load);
  try {
    return await measure();
  } finally {
    await held.totals({ stop: true });
    await server.totals({ stop: true });
  }
}

await withLab(async (lab) => {
  const browser = await launch(lab);
  try {
    const variants = await withConnections(lab, PORT, 1000, () => measureVariants(lab, browser));
    const scrolling = await withConnections(lab, PORT + 1, 10_000, () => measureScrolling(lab, browser));
    return { variants, scrolling, ok: [...variants, scrolling].every(({ ok }) => ok) };
  } finally {
    await browser.close();
  }
});
