import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { havePageLab, usePages } from '../support/browser.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const SUPPORT = join(import.meta.dirname, '..', 'support');
/** Port in full-listener.yaml. */
const FULL_PORT = 5301;
const BACKLOG = 4;

/** Returns the address behind `#` of a page. */
async function place(page: Page): Promise<URLSearchParams> {
  return new URLSearchParams(await page.evaluate('location.hash.slice(1)'));
}

/** Returns what the widest element of the page has beyond its window, pixels. */
async function overflow(page: Page): Promise<number> {
  return await page.evaluate('document.documentElement.scrollWidth - innerWidth');
}

describe.skipIf(!havePageLab('the tabs of the page'))('the tabs of the page', () => {
  const { open, pageLab } = usePages(`-services=${join(SUPPORT, 'full-listener.yaml')}`, '-http.ports=8080');

  it('groups: chosen by fields and prefixes, sorted, unfolded, and opened as connections', async () => {
    const opened = await open({ place: 'tab=groups' });
    const { page } = opened;
    const grid = page.getByRole('grid', { name: 'Groups' });
    await grid.waitFor();
    await page.getByLabel('Group by').selectOption({ label: 'peer network /24' });
    const { ipv4 } = pageLab().lab.far;
    const network = `${ipv4.split('.').slice(0, 3).join('.')}.0/24`;
    const row = grid.getByRole('row').filter({ hasText: network });
    await row.waitFor();
    expect((await place(page)).get('group')).toBe('connection.remoteAddress/24');
    await grid.getByRole('button', { name: 'Send' }).click();
    expect(await grid.getByRole('columnheader', { name: /Send/ }).getAttribute('aria-sort')).toBe('descending');
    await row.getByRole('button', { name: 'Unfold' }).click();
    await grid.getByText(`→ ${ipv4}:`).first().waitFor();
    expect(await opened.seriousFindings('.groups')).toEqual([]);
    await row.click();
    await until('the connections', async () => (await place(page)).get('filter') === `dst ${network}`);
    expect((await place(page)).get('tab')).toBeNull(); // the first tab
  });

  it('groups: keys as in top', async () => {
    const { page } = await open({ place: 'tab=groups' });
    const grid = page.getByRole('grid', { name: 'Groups' });
    await grid.waitFor();
    await page.keyboard.press(' ');
    await grid.getByRole('button', { expanded: true }).waitFor();
    await page.keyboard.press(' ');
    await until('a folded group', async () => (await grid.getByRole('button', { expanded: true }).count()) === 0);
    await page.keyboard.press('a');
    await until('the next field', async () => (await place(page)).get('group') === 'cgroup.unit');
    await grid.getByRole('columnheader', { name: 'Unit' }).waitFor();
    await page.keyboard.press('Enter');
    await until('the connections', async () => ((await place(page)).get('filter') ?? '').startsWith('cgroup.unit = '));
  });

  it('groups: says which field is wrong, and takes several', async () => {
    const { page } = await open({ place: 'tab=groups&group=nonsense' });
    await page.getByRole('alert').getByText('nonsense').waitFor();
    await page.getByRole('combobox', { name: 'Fields of the groups' }).fill('connection.remotePort,state');
    await page.getByRole('button', { name: 'Group', exact: true }).click();
    await page.getByRole('grid', { name: 'Groups' }).getByText('· ESTABLISHED').first().waitFor();
  });

  it('the strip: a drag and arrow keys choose a time, and the lists follow it', async () => {
    const opened = await open({ place: 'tab=groups' });
    const { page } = opened;
    const strip = page.getByRole('region', { name: 'Overview' });
    const begin = strip.getByRole('slider', { name: 'Begin of the time' });
    await begin.waitFor();
    await begin.focus();
    await page.keyboard.press('PageUp');
    await until('the begin', async () => (await place(page)).get('from') !== null);
    const from = (await place(page)).get('from') ?? '';
    await page.keyboard.press('ArrowRight');
    await until('a later begin', async () => ((await place(page)).get('from') ?? '') > from);
    await strip.getByRole('button', { name: 'All times' }).click();
    await until('no bounds', async () => (await place(page)).get('from') === null);

    const box = await strip.locator('.brush').boundingBox();
    if (box === null) throw new Error('the strip has no place');
    await page.mouse.move(box.x + 0.1 * box.width, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.2 * box.width, box.y + 20, { steps: 5 });
    await page.mouse.up();
    // All connections of the lab are younger than that.
    await page.getByText('No connection matches.').waitFor();
    const bounds = await place(page);
    expect(Date.parse(bounds.get('until') ?? '')).toBeGreaterThan(Date.parse(bounds.get('from') ?? ''));
    expect(await opened.seriousFindings('.overview')).toEqual([]);
    await page.getByRole('button', { name: 'Show all connections' }).click();
    await page.getByRole('grid', { name: 'Groups' }).waitFor();
  });

  it('network: charts, a full queue with what to do, and what is unknown', async () => {
    const { near } = pageLab().lab;
    const program = join(SUPPORT, 'full-listener.py');
    const given = [String(FULL_PORT), String(BACKLOG), String(BACKLOG + 5)];
    await using full = Running.inside(near, 'python3', program, ...given);
    await until('the listener', () => full.output.includes('ready'));
    const opened = await open({ place: 'tab=network' });
    const { page } = opened;
    const listeners = page.getByRole('region', { name: 'Listeners' });
    await listeners.getByText(`127.0.0.1:${FULL_PORT}`).waitFor();
    await listeners.getByText('full', { exact: true }).waitFor();
    await listeners.getByText(/docs\/troubleshooting\.md, TcpNetworkAcceptQueueFull/).waitFor();
    await page.getByRole('region', { name: 'Local ports' }).getByText(pageLab().lab.far.ipv4).first().waitFor();
    for (const title of ['Rate', 'Open connections', 'Connections in a second']) {
      await page.getByRole('figure', { name: title, exact: true }).locator('canvas').waitFor();
    }
    // The lab is not the first network namespace of the machine.
    await page.getByRole('region', { name: 'Unknown' }).getByText('Limit of orphans').waitFor();
    expect(await opened.seriousFindings('.network')).toEqual([]);
  });

  it('HTTP and services: there because the collector has them, with words for what is empty', async () => {
    const opened = await open();
    const { page } = opened;
    await page.getByRole('tab', { name: 'HTTP' }).click();
    await page.getByText('No HTTP request began in the last 10 s.').waitFor();
    await page.getByRole('tab', { name: 'Services' }).click();
    await page.getByText(/only counts.*-services\.enforce/).waitFor();
    expect(await page.getByRole('button', { name: 'Drain' }).count()).toBe(0);
    expect(await opened.seriousFindings('.services')).toEqual([]);
  });

  it.for(['groups', 'network', 'http', 'services'])('%s fits a narrow window in the dark', async (tab) => {
    const opened = await open({ place: `tab=${tab}`, widthPx: 390, heightPx: 800, theme: 'dark' });
    await opened.page.getByRole('tabpanel').getByRole('region').first().waitFor();
    expect(await overflow(opened.page)).toBe(0);
    expect(await opened.seriousFindings('.stage')).toEqual([]);
  });

  it('asks for groups only while they are seen', async () => {
    const { page } = await open({ place: 'tab=groups' });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.getByRole('grid', { name: 'Groups' }).waitFor();
    await until('two answers', () => asked.filter((path) => path === '/api/v1/groups').length >= 2);
    await page.evaluate(`Object.defineProperty(document, 'hidden', { value: true });
      document.dispatchEvent(new Event('visibilitychange'))`);
    asked.length = 0;
    // The page's own status goes on a little, if it was on its way; the groups must not.
    await page.waitForTimeout(4500);
    expect(asked.filter((path) => /groups|overview/.test(path)).length).toBeLessThanOrEqual(1);
  });
});
