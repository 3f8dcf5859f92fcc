import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { byPorts, readOutput } from '../support/archives.js';
import { DAEMON } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { havePrograms } from '../support/programs.js';

const run = promisify(execFile);

/** Result of opening a page in a browser. */
interface Page {
  /** The document after loading. */
  readonly dom: string;
  /** Console messages: errors, rejected styles, failed requests. */
  readonly console: string[];
}

/** Returns elements wider than their room at this window width: tables, and the page itself. */
async function overflowing(lab: Lab, path: string, widthPx: number): Promise<string[]> {
  // The page's policy forbids scripts: a copy without the policy measures itself.
  const script = `document.title = JSON.stringify([document.documentElement, ...document.querySelectorAll('.scroll')]
    .filter(({ clientWidth, scrollWidth }) => scrollWidth > clientWidth)
    .map((each) => \`\${each.tagName} \${each.innerText.slice(0, 60)}\`));`;
  const copy = join(lab.folder, 'measured.html');
  const html = readFileSync(path, 'utf8').replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '');
  writeFileSync(copy, html.replace('</body>', `<script>${script}</script></body>`));
  const { dom } = await open(lab, copy, `--window-size=${widthPx},900`, '--dump-dom');
  const [, title] = /<title>(.*?)<\/title>/.exec(dom) ?? [];
  return JSON.parse(title ?? 'no title') as string[];
}

/** Opens a page in headless Chromium, without a usable network. */
async function open(lab: Lab, path: string, ...args: readonly string[]): Promise<Page> {
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(lab.folder, 'browser')}`];
  const url = `file://${path}`;
  const { stdout, stderr } = await run('chromium', [...flags, '--enable-logging=stderr', ...args, url], {
    timeout: 60_000,
    maxBuffer: 1 << 26,
  });
  return { dom: stdout, console: stderr.split('\n').filter((line) => line.includes(':CONSOLE')) };
}

async function tcpInfo(...args: readonly string[]): Promise<string> {
  return (await run(process.execPath, [DAEMON, ...args], { maxBuffer: 1 << 26 })).stdout;
}

/** Records a connection that sends, pauses, and is closed; returns the folder and its UUID. */
async function record(lab: Lab): Promise<{ readonly output: string; readonly uuid: string }> {
  const daemon = await lab.startDaemon();
  const port = await lab.farPeer.listen(lab.far.ipv4);
  const { near, far } = await lab.connectOut(port);
  // Bytes sent before the first record are in no interval.
  await daemon.scanned();
  for (let piece = 1; piece <= 5; piece++) {
    await near.send(200_000);
    await far.received(piece * 200_000);
    await daemon.scanned();
  }
  await near.end();
  await far.ended();
  await far.destroy();
  await near.closed();
  await daemon.scanned();
  await daemon.stop();
  const { uuid } = byPorts(readOutput(daemon.output), near.localPort, port);
  return { output: daemon.output, uuid };
}

describe.skipIf(!haveLab('pictures of real connections'))('pictures of real connections', () => {
  it('are summarized and shown as text and as JSON', async ({ lab }) => {
    const { output, uuid } = await record(lab);
    const summary = JSON.parse(await tcpInfo('summary', '--format=json', output)) as { bytesSent: number };
    expect(summary).toMatchObject({ connections: 1, peers: [{ peer: lab.far.ipv4 }], howEnded: { closed: 1 } });
    expect(summary.bytesSent).toBeGreaterThanOrEqual(1_000_000);
    expect(await tcpInfo('summary', output)).toContain(lab.far.ipv4);
    const shown = await tcpInfo('show', uuid.slice(-16), output);
    for (const part of [uuid, 'ESTABLISHED', 'closed in order']) expect(shown).toContain(part);
    const json = JSON.parse(await tcpInfo('show', '--format=json', uuid, output)) as {
      timeline: { bytesSent: number | null }[];
      connection: { bytesSent: number };
    };
    expect(json.timeline.reduce((sum, { bytesSent }) => sum + (bytesSent ?? 0), 0)).toBe(json.connection.bytesSent);
  });

  it.skipIf(!havePrograms('pages in a browser', 'chromium'))(
    'load in a browser without a console message',
    async ({ lab }) => {
      const { output, uuid } = await record(lab);
      const [show, summary, svg] = ['show.html', 'summary.html', 'show.svg'].map((name) => join(lab.folder, name));
      if (show === undefined || summary === undefined || svg === undefined) throw new Error('no paths');
      await tcpInfo('show', '--html', show, '--svg', svg, uuid, output);
      await tcpInfo('summary', '--format=html', '--output', summary, output);

      const shown = await open(lab, show, '--dump-dom');
      expect(shown.console).toEqual([]);
      for (const text of ['Throughput', 'Round-trip time, ', 'Limited by', 'closed in order', uuid]) {
        expect(shown.dom).toContain(text);
      }
      expect(shown.dom.match(/<svg /g)).toHaveLength(2);
      expect(shown.dom).toMatch(/<path d="M[\d.]+ [\d.]+[HV]/);
      const summed = await open(lab, summary, '--dump-dom');
      expect(summed.console).toEqual([]);
      for (const text of ['1 TCP connection', 'Busiest peers', lab.far.ipv4]) expect(summed.dom).toContain(text);
      // A picture that is not well-formed becomes an error page.
      const picture = await open(lab, svg, '--dump-dom');
      expect(picture.dom).toMatch(/<title id="title">TCP connection /);
      expect(picture.dom).not.toContain('parsererror');

      // Faults are visible: a style sheet that violates the policy is rejected with a console message.
      const tampered = join(lab.folder, 'tampered.html');
      writeFileSync(tampered, readFileSync(show, 'utf8').replace('<style>', '<style>p{}'));
      expect((await open(lab, tampered, '--dump-dom')).console).not.toEqual([]);

      // The longest addresses, in place of this connection's.
      const wide = join(lab.folder, 'wide.html');
      const longest = '2001:db8:1234:5678:9abc:def0:1234:5678';
      writeFileSync(wide, readFileSync(summary, 'utf8').replaceAll(lab.far.ipv4, `${longest} (at least)`));
      for (const path of [summary, wide, show]) {
        for (const widthPx of [1920, 1200, 900]) expect(await overflowing(lab, path, widthPx)).toEqual([]);
        // On a phone tables scroll sideways, the page does not.
        expect((await overflowing(lab, path, 500)).filter((each) => each.startsWith('HTML'))).toEqual([]);
      }

      const screenshot = join(lab.folder, 'show.png');
      await open(lab, show, '--window-size=1280,1600', `--screenshot=${screenshot}`);
      expect(existsSync(screenshot)).toBe(true);
      expect(statSync(screenshot).size).toBeGreaterThan(40_000);
    },
  );
});
