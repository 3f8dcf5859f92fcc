import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { ViewJson } from '../../live/wire/index.js';
import { havePageLab, type OpenedPage, type OpenOptions, usePages } from '../support/browser.js';
import type { Ends } from '../support/lab.js';
import { until } from '../support/waiting.js';

/** Charts of a sending connection, by the beginning of their descriptions. */
const CHARTS = [
  'Throughput, ',
  'Round-trip time, ',
  'Windows and bytes in flight, ',
  'Retransmitted packets',
  'Limited by',
];

describe.skipIf(!havePageLab('the page of one connection'))('the page of one connection', () => {
  const { open, pageLab } = usePages();

  /** Opens a connection of our own. */
  async function connected(): Promise<Ends> {
    const { lab } = pageLab();
    return await lab.connectOut(await lab.farPeer.listen('0.0.0.0'));
  }

  /** Asks the API of the page for the keys of connections. */
  async function keysOf({ page }: OpenedPage, filter: string): Promise<string[]> {
    const request = `fetch('/api/v1/connections?' + new URLSearchParams(${JSON.stringify({ filter, closed: 'true' })}),
      { headers: { authorization: 'Bearer ' + ${JSON.stringify(pageLab().token)} } }).then((answer) => answer.json())`;
    const view = (await page.evaluate(request)) as ViewJson;
    return view.connections.flatMap(({ key }) => key ?? []);
  }

  /** Opens the page of the connection with a local port. */
  async function openPort(port: number, options: OpenOptions = {}): Promise<OpenedPage> {
    const opened = await open(options);
    await opened.page
      .getByText(/\d+ open/)
      .first()
      .waitFor();
    let keys: string[] = [];
    await until('the connection in the API', async () => {
      keys = await keysOf(opened, `localPort = ${port}`);
      return keys.length === 1;
    });
    await show(opened, `key=${keys[0]}`);
    return opened;
  }

  async function show({ page }: OpenedPage, place: string): Promise<void> {
    await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
  }

  /** Opens the page of a connection that sends all the time. */
  async function openBusy(options?: OpenOptions): Promise<OpenedPage> {
    const opened = await open(options);
    await opened.page
      .getByText(/\d+ open/)
      .first()
      .waitFor();
    let keys: string[] = [];
    await until('sending connections', async () => {
      keys = await keysOf(opened, 'now.sendThroughputBytesPerSec > 0');
      return keys.length > 1;
    });
    await show(opened, `key=${keys[0]}`);
    await chart(opened.page, 'Throughput').waitFor();
    return opened;
  }

  function chart(page: Page, title: string): ReturnType<Page['locator']> {
    return page.getByRole('img', { name: new RegExp(`^${title}`) });
  }

  async function describedAs(page: Page, title: string): Promise<string> {
    return (await chart(page, title).getAttribute('aria-label')) ?? '';
  }

  it('shows charts with units, the verdict, and every fact with its meaning', async () => {
    const { page } = await openBusy();
    const region = page.getByRole('region', { name: /^Connection .* → / });
    await region.waitFor();
    for (const title of CHARTS) expect(await describedAs(page, title), title).toContain(' UTC');
    expect(await describedAs(page, 'Throughput')).toMatch(/, [kM]?bit\/s, .*; at the end sent \d/);
    expect(await describedAs(page, 'Round-trip time')).toMatch(/, (µs|ms|s), .* smoothed RTT [\d.]+ (µs|ms)/);
    await page.locator('.u-over').first().waitFor();
    const verdict = await region.getByRole('region', { name: 'Verdict' }).innerText();
    expect(verdict).toMatch(/^(Slow|Not|Too short).*\n.*\s.*Evidence: /s);
    const fact = region.getByText('sndCwnd', { exact: true });
    await fact.focus();
    expect(await page.getByRole('tooltip').innerText()).toMatch(/now\.sndCwnd.*congestion window/is);
  });

  it('goes on with the time', async () => {
    const { page } = await openBusy();
    const first = await describedAs(page, 'Throughput');
    await until('the next second', async () => (await describedAs(page, 'Throughput')) !== first);
  });

  it('zooms where the reader drags, keeps the range in the address, and follows again', async () => {
    const { page } = await openBusy();
    const plot = page.locator('.u-over').first();
    const box = await plot.boundingBox();
    if (box === null) throw new Error('the plot is not laid out');
    await page.mouse.move(box.x + box.width * 0.5, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + 20, { steps: 5 });
    await page.mouse.up();
    await until('the range in the address', () => page.url().includes('&from='));
    const rangeOf = async (title: string): Promise<string | undefined> =>
      /\S+ to \S+ UTC/.exec(await describedAs(page, title))?.[0];
    const zoomed = await rangeOf('Throughput');
    await page.waitForTimeout(1500);
    // All charts have the range, and none goes on.
    for (const title of CHARTS) expect(await rangeOf(title), title).toBe(zoomed);
    await page.getByRole('button', { name: 'Follow' }).click();
    await until('no range in the address', () => !page.url().includes('&from='));
  });

  it('moves its cursor by keys, and zooms by keys', async () => {
    const { page } = await openBusy();
    const cursor = page.getByRole('slider', { name: 'Cursor of the charts' });
    await cursor.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Shift+ArrowLeft');
    expect(await cursor.getAttribute('aria-valuetext')).toMatch(/^\d\d:\d\d:\d\d(\.\d+)?$/);
    await page.keyboard.press('+');
    await until('the range in the address', () => page.url().includes('&from='));
    await page.keyboard.press('0');
    await until('no range in the address', () => !page.url().includes('&from='));
  });

  it('has its values as a table', async () => {
    const { page } = await openBusy();
    await page.getByText('Values as a table').click();
    const table = page.getByRole('table').filter({ hasText: 'limited by' });
    await until('rows', async () => (await table.getByRole('row').count()) > 2);
    expect(await table.innerText()).toMatch(/bit\/s/);
  });

  it('saves what the API has as files', async () => {
    const { page } = await openBusy();
    const contents = new Map<string, string>();
    for (const name of ['SVG', 'HTML', 'JSON']) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name, exact: true }).click(),
      ]);
      contents.set(download.suggestedFilename().replace(/.*\./, ''), readFileSync(await download.path(), 'utf8'));
    }
    expect(contents.get('svg')).toMatch(/^<svg /);
    expect(contents.get('html')).toMatch(/^<!doctype html>/);
    expect(JSON.parse(contents.get('json') ?? '')).toHaveProperty('timeline');
  });

  it('says how a connection ended, and shows all of it', async () => {
    const { near, far } = await connected();
    await near.send(100_000);
    await far.received(100_000);
    const opened = await openPort(near.localPort);
    const { page } = opened;
    await chart(page, 'Throughput').waitFor();
    await far.end();
    const closing = `localPort = ${near.localPort} state = CLOSE_WAIT`;
    await until('a record of the first FIN', async () => (await keysOf(opened, closing)).length === 1);
    await near.end();
    const ending = page.getByRole('status').filter({ hasText: /^Closed / });
    await ending.waitFor();
    expect(await ending.innerText()).toMatch(/^Closed .* ago: closed in order, remote end first$/);
    await page.getByText(/^Ended: |· Ended: closed in order/).waitFor();
    await until('the whole time', async () => {
      return (await page.getByRole('button', { name: 'all', exact: true }).getAttribute('aria-pressed')) === 'true';
    });
  });

  it('says that a connection is unknown, and lets the reader choose among several', async () => {
    const opened = await openBusy();
    const { page } = opened;
    await show(opened, 'key=host_1_00000000DEADBEEF');
    await page.getByRole('alert').getByText('No open or recently closed connection has this id').waitFor();
    // There are 16 digits, so two of 17 connections have the same last one.
    for (let i = 0; i < 17; i++) await connected();
    let digit: string | undefined;
    await until('connections with the same last digit', async () => {
      const digits = (await keysOf(opened, 'is:open')).map((key) => key.split('@')[0]?.slice(-1) ?? '');
      digit = digits.find((each, i) => digits.indexOf(each) !== i);
      return digit !== undefined;
    });
    await show(opened, `key=${digit}`);
    await page
      .getByRole('button', { name: /@\d{4}-/ })
      .first()
      .click();
    await page.getByRole('region', { name: /^Connection .* → / }).waitFor();
  });

  it('ends its charts at the time at which the page is frozen', async () => {
    const { page } = await openBusy();
    await page.keyboard.press('f');
    await page
      .getByText(/^Frozen/)
      .first()
      .waitFor();
    await chart(page, 'Throughput').waitFor();
    // Finer cells may come, but no later ones.
    const range = async (): Promise<string | undefined> => (await describedAs(page, 'Throughput')).split(';')[0];
    const first = await range();
    await page.waitForTimeout(2000);
    expect(await range()).toBe(first);
    await page.keyboard.press('f');
    await until('the next second', async () => (await range()) !== first);
  });

  it('compares two connections, swaps them, and goes back', async () => {
    const { page } = await openBusy();
    const compare = page.getByRole('region', { name: /^Connection .* → / }).getByRole('button', { name: 'Compare' });
    await compare.click();
    const dialog = page.getByRole('dialog', { name: 'Compare with' });
    await dialog.waitFor();
    // Escape closes the dialog, and not the connection behind it.
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(page.url()).toContain('key=');
    await compare.click();
    await dialog.getByRole('listitem').first().getByRole('button').click();
    await page.getByRole('region', { name: 'Comparison of two connections' }).waitFor();
    await chart(page, 'Sent').waitFor();
    expect(await describedAs(page, 'Sent')).toMatch(/at the end A .*, B /);
    const place = (): URLSearchParams => new URLSearchParams(new URL(page.url()).hash.slice(1));
    const [a, b] = [place().get('key'), place().get('compare')];
    await page.getByRole('button', { name: 'Swap' }).click();
    await until('the other order', () => place().get('key') === b && place().get('compare') === a);
    await page.getByLabel('let both begin at 0').check();
    await until('times since the start', async () => !(await describedAs(page, 'Sent')).includes('UTC'));
    // A tooltip under the pointer would take the key.
    await page.mouse.move(0, 0);
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: /^Connection .* → / }).waitFor();
    await page.keyboard.press('Escape');
    await until('no connection in the address', () => place().get('key') === null);
  });

  it.for(['light', 'dark'] as const)('has nothing serious for axe-core to find, %s', async (theme) => {
    const opened = await openBusy({ theme });
    await opened.page.getByText('Values as a table').click();
    expect(await opened.seriousFindings('.below')).toEqual([]);
    await opened.page.locator('.below').getByRole('button', { name: 'Compare' }).click();
    await opened.page.getByRole('dialog').getByRole('listitem').first().waitFor();
    expect(await opened.seriousFindings('dialog')).toEqual([]);
    await opened.page.getByRole('dialog').getByRole('listitem').first().getByRole('button').click();
    await chart(opened.page, 'Sent').waitFor();
    expect(await opened.seriousFindings('.below')).toEqual([]);
  });

  it('fits into a narrow window', async () => {
    const { page } = await openBusy({ widthPx: 390, heightPx: 800 });
    await page.locator('.u-over').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  });
});
