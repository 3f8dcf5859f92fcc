import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { havePageLab, usePages } from '../support/browser.js';
import { Holders } from '../support/holders.js';
import { until } from '../support/waiting.js';

const have = havePageLab('the table of connections');
/** Connections of the lab that send all the time. */
const SENDING = 6;

/** Parts of the tab, by role and name. */
function parts(page: Page) {
  const grid = page.getByRole('grid', { name: 'Connections' });
  return {
    grid,
    rows: grid.locator('[role=row]:has([role=gridcell])'),
    filter: page.getByRole('searchbox', { name: 'Filter' }),
    count: page.locator('.matched'),
    held: page.getByRole('button', { name: /^order .* old/ }),
    head: (name: string) => grid.getByRole('columnheader', { name, exact: true }),
  };
}

/** Waits until the table has so many rows. */
async function untilRows(rows: Locator, count: number): Promise<void> {
  await until(`${count} rows`, async () => (await rows.count()) === count);
}

async function texts(rows: Locator, cell: number): Promise<string[]> {
  return await rows.locator(`[aria-colindex="${cell}"]`).allTextContents();
}

async function untilAddress(page: Page, pattern: RegExp): Promise<void> {
  await until(`${pattern} in the address`, () => pattern.test(page.url()));
}

describe.skipIf(!have)('the table of connections', () => {
  const { open, pageLab } = usePages();

  it('shows ends, rates and the last 60 s of each connection', async () => {
    const { page } = await open();
    const { rows, grid } = parts(page);
    await untilRows(rows, SENDING);
    expect(await grid.getAttribute('aria-rowcount')).toBe(String(SENDING + 1));
    const { near, far } = pageLab().lab;
    // Rates are those of a whole second.
    const first = await until('a rate', async () =>
      (await rows.allTextContents()).find((text) => text.includes('bit/s')),
    );
    expect(first).toContain(near.ipv4);
    expect(first).toContain(far.ipv4);
    expect(first).toMatch(/ESTAB.*bit\/s/);
    await until('a line', async () => {
      const line = await rows.first().locator('.sparkline path').last().getAttribute('d');
      return line !== null && line.split('L').length > 2;
    });
  });

  it('filters after a pause in typing, and keeps the filter in the address', async () => {
    const { page } = await open();
    const { rows, filter, count } = parts(page);
    await untilRows(rows, SENDING);
    const port = /:(\d+)/.exec((await texts(rows, 2))[0] ?? '')?.[1] ?? '';
    await filter.pressSequentially(`sport ${port}`);
    await untilRows(rows, 1);
    expect(await count.textContent()).toBe(`1 of ${SENDING}`);
    await untilAddress(page, new RegExp(`filter=sport\\+${port}`));
    await page.goBack();
    await untilRows(rows, SENDING);
    expect(await filter.inputValue()).toBe('');
  });

  it('completes with Tab, arrows and Enter; Escape closes the list, then clears', async () => {
    const { page } = await open();
    const { rows, filter } = parts(page);
    await untilRows(rows, SENDING);
    const list = page.getByRole('listbox', { name: 'Completions' });
    await page.keyboard.press('/');
    await page.keyboard.type('minr');
    await list.getByRole('option').first().waitFor();
    await page.keyboard.press('ArrowDown');
    const chosen = await filter.getAttribute('aria-activedescendant');
    const option = list.getByRole('option', { selected: true });
    expect(await option.getAttribute('id')).toBe(chosen);
    const text = (await option.locator('code').textContent()) ?? '';
    await page.keyboard.press('Enter');
    expect(await filter.inputValue()).toBe(text);
    await page.keyboard.type(' > 5 ');
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'detached' });
    expect(await filter.inputValue()).toBe(`${text} > 5 `);
    await page.keyboard.press('Escape');
    expect(await filter.inputValue()).toBe('');
    await page.keyboard.type('stat');
    // Also before the completions are there.
    await page.keyboard.press('Tab');
    await until('the completed text', async () => (await filter.inputValue()) === 'state');
  });

  it('marks an error under its letters, and keeps the rows', async () => {
    const opened = await open();
    const { page } = opened;
    const { rows, filter } = parts(page);
    await untilRows(rows, SENDING);
    await filter.fill('dport 443 rtto > 1s');
    const message = page.locator('#filter-error');
    await until('the sentence', async () => /rtto/.test((await message.textContent()) ?? ''));
    const mark = page.locator('.filter-mark > div');
    expect(await mark.textContent()).toBe('dport 443 ^');
    expect(await filter.getAttribute('aria-invalid')).toBe('true');
    // Under the eleventh letter, as wide as the others.
    const [box, letters] = await Promise.all([mark.locator('span').boundingBox(), filter.boundingBox()]);
    expect(box?.x).toBeCloseTo((letters?.x ?? 0) + 9, 0);
    expect(await rows.count()).toBe(SENDING);
    await page.keyboard.press('Escape');
    expect(await opened.seriousFindings('.connections')).toEqual([]);
    await filter.fill('');
    await until('no mark', async () => (await mark.count()) === 0);
  });

  it('sorts by clicks and by keys, by several columns with Shift', async () => {
    const { page } = await open();
    const { rows, head } = parts(page);
    await untilRows(rows, SENDING);
    await head('Local').getByRole('button').click();
    await untilAddress(page, /sort=connection.localAddress/);
    expect(await head('Local').getAttribute('aria-sort')).toBe('ascending');
    await head('Age')
      .getByRole('button')
      .click({ modifiers: ['Shift'] });
    await untilAddress(page, /sort=connection.localAddress,-ageUs/);
    await page.keyboard.press('r');
    await untilAddress(page, /sort=-connection.localAddress,-ageUs/);
    expect(await head('Local').getAttribute('aria-sort')).toBe('descending');
    await page.keyboard.press('s');
    await untilAddress(page, /sort=connection.remoteAddress(&|$)/);
    await page.keyboard.press('S');
    await page.keyboard.press('S');
    await untilAddress(page, /sort=process.command(&|$)/);
  });

  it('holds the order while the pointer is in the table or a row is selected; values go on', async () => {
    const { page } = await open({ place: 'sort=-now.rttUs' });
    const { rows, held, grid } = parts(page);
    await untilRows(rows, SENDING);
    await page.mouse.move(5, 5);
    await held.waitFor({ state: 'detached' });
    await grid.hover();
    await held.waitFor();
    const order = await texts(rows, 2);
    const ages = await texts(rows, 10);
    await until('other values', async () => (await texts(rows, 10)).join() !== ages.join());
    expect(await texts(rows, 2)).toEqual(order);
    await page.mouse.move(5, 5);
    await held.waitFor({ state: 'detached' });
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await held.waitFor();
    const selected = grid.locator('[aria-selected=true]');
    expect(await selected.getAttribute('aria-rowindex')).toBe('3');
    expect(await grid.getAttribute('aria-activedescendant')).toBe(await selected.getAttribute('id'));
    const end = (await texts(selected, 2))[0];
    await until('an older order', async () => /order [3-9] s/.test((await held.textContent()) ?? ''));
    await page.keyboard.press('o');
    await until('a new order', async () => /order (<1|1|2) s/.test((await held.textContent()) ?? ''));
    // The selection stays with its connection.
    expect((await texts(selected, 2))[0]).toBe(end);
    await page.keyboard.press('Escape');
    await held.waitFor({ state: 'detached' });
  });

  it('works on a copy while it is frozen: nothing moves, filter and sort do', async () => {
    const { page } = await open();
    const { rows, filter, head } = parts(page);
    await untilRows(rows, SENDING);
    await page.keyboard.press('f');
    await page
      .getByText(/^Frozen/)
      .first()
      .waitFor();
    const frozen = await rows.allTextContents();
    const streams: string[] = [];
    page.on('request', (request) => {
      if (/\/api\/v1\/(stream|connections|complete)/.test(request.url())) streams.push(request.url());
    });
    const ports = (await texts(rows, 2)).map((text) => text.split(':')[1] ?? '');
    await filter.fill(`sport ${ports[2]}`);
    await untilRows(rows, 1);
    expect(await rows.allTextContents()).toEqual([frozen[2]]);
    await filter.fill('rtto > 1s');
    await until('the sentence', async () => /rtto/.test((await page.locator('#filter-error').textContent()) ?? ''));
    await filter.fill('');
    await untilRows(rows, SENDING);
    await head('Age').getByRole('button').click();
    await head('Age').getByRole('button').click();
    await untilAddress(page, /sort=ageUs/);
    expect((await rows.allTextContents()).sort()).toEqual(frozen.toSorted());
    expect(streams).toEqual([]);
    await page.keyboard.press('f');
    await until('the stream', () => streams.some((url) => url.includes('/stream')));
    await until('other values', async () => (await rows.allTextContents()).sort().join() !== frozen.toSorted().join());
  });

  it('shows how a connection ended, and hides closed ones or shows only these', async () => {
    const { lab } = pageLab();
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near } = await lab.connectOut(port);
    const { page } = await open();
    const { rows, count } = parts(page);
    await untilRows(rows, SENDING + 1);
    const row = rows.filter({ hasText: `:${near.localPort}` });
    await near.reset();
    await until('the end', async () => /closed .* ago: /.test((await row.textContent()) ?? ''));
    expect(await row.textContent()).toMatch(/reset/);
    expect(await row.getAttribute('class')).toContain('is-faint');
    await page.keyboard.press('x');
    await untilRows(rows, SENDING);
    await page.keyboard.press('x');
    await untilRows(rows, 1);
    expect(await count.textContent()).toBe(`1 of ${SENDING + 1}`);
    await untilAddress(page, /closed=only/);
    await page.keyboard.press('x');
    await untilRows(rows, SENDING + 1);
  });

  it('opens a connection, compares two, and copies a UUID, all by keys', async () => {
    const { page } = await open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const { rows } = parts(page);
    await until('rows', async () => (await rows.count()) >= SENDING);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await untilAddress(page, /key=/);
    await page.getByRole('region', { name: /^Connection / }).waitFor();
    await page.keyboard.press('Escape');
    await until('the table alone', () => !page.url().includes('key='));
    await page.keyboard.press('m');
    await page.keyboard.press('j');
    await page.keyboard.press('m');
    await untilAddress(page, /key=.*compare=/);
    await page.keyboard.press('y');
    await page.getByText(/^Copied /).waitFor();
    const copied = await page.evaluate('navigator.clipboard.readText()');
    expect(copied).toMatch(/^lab\.example_1700000000_[0-9A-F]{16}$/);
  });

  it('shows hostile names as text', async () => {
    const { lab } = pageLab();
    await using holders = new Holders(lab.near);
    await holders.tell('name <b>x</b>\\x1b[31m');
    const port = await lab.farPeer.listen('0.0.0.0');
    await holders.tell(`connect ${lab.far.ipv4} ${port}`);
    const { page } = await open({ place: `filter=dport+${port}` });
    const { rows, grid } = parts(page);
    await until('the name', async () => /<b>x<\/b>/.test((await rows.first().textContent()) ?? ''));
    const text = (await rows.first().textContent()) ?? '';
    expect([...text].filter((letter) => letter.charCodeAt(0) < 32)).toEqual([]);
    expect(await grid.locator('b').count()).toBe(0);
  });

  it('shows what the address says: columns, order and choice', async () => {
    const { page } = await open({ place: 'columns=remote,rtt,now.minRttUs,sparkline&sort=-rtt' });
    const { grid, rows, head } = parts(page);
    await until('rows', async () => (await rows.count()) >= SENDING);
    const titles = await grid.getByRole('columnheader').allTextContents();
    expect(titles.map((title) => title.replace(/[▼▲]/, ''))).toEqual(['Remote', 'RTT', 'minRttUs', '∿ 60 s']);
    expect(await head('RTT').getAttribute('aria-sort')).toBe('descending');
  });

  it('has a chooser of columns with all fields and their meaning', async () => {
    const opened = await open();
    const { page } = opened;
    const { grid, rows } = parts(page);
    await until('rows', async () => (await rows.count()) >= SENDING);
    await page.keyboard.press('c');
    const dialog = page.getByRole('dialog', { name: 'Columns' });
    await dialog.waitFor();
    await page.keyboard.type('congestion window');
    await dialog.getByRole('checkbox', { name: /now.sndCwnd/ }).check();
    await grid.getByRole('columnheader', { name: 'sndCwnd' }).waitFor();
    expect(await opened.seriousFindings('dialog')).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await untilAddress(page, /columns=process,local,.*now.sndCwnd/);
    // It is the choice of this browser, too.
    await page.goto(`${pageLab().address}/`);
    await grid.getByRole('columnheader', { name: 'sndCwnd' }).waitFor();
  });

  it('fits in 390 px, with nothing serious for axe-core to find', async () => {
    const opened = await open({ widthPx: 390, heightPx: 800 });
    const { page } = opened;
    const { rows } = parts(page);
    await until('rows', async () => (await rows.count()) >= SENDING);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    expect(await opened.seriousFindings('.connections')).toEqual([]);
    await rows.first().click();
    await untilAddress(page, /key=/);
  });
});

/** Connections of the large table. */
const MANY = 10_000;

describe.skipIf(!have)('the table of 10,000 connections', () => {
  const { open, pageLab } = usePages();

  it('has only the rows on the screen and some around them in the document, and reaches all', async () => {
    const { lab } = pageLab();
    const port = await lab.farPeer.listen('0.0.0.0');
    await lab.nearPeer.connectMany(MANY, { host: lab.far.ipv4, port });
    const { page } = await open({ place: 'sort=connection.localPort' });
    const { rows, count, grid } = parts(page);
    await until('all connections', async () => (await count.textContent()) === '10,006 of 10,006');
    const shown = Math.ceil(((await grid.boundingBox())?.height ?? 0) / 28);
    const isWhole = async (): Promise<boolean> => {
      const known = await rows.allTextContents();
      return known.length > shown && known.every((text) => text !== '…');
    };
    const indexes = async (): Promise<number[]> =>
      (await rows.evaluateAll((all) => all.map((row) => Number(row.getAttribute('aria-rowindex'))))) as number[];
    for (const part of [0, 0.31, 0.73, 0.02, 1]) {
      await grid.evaluate((element, to) => element.scrollTo(0, to * element.scrollHeight), part);
      // Until the page draws again, the rows are those of the place before.
      const row = 2 + Math.min(MANY + SENDING - 1, Math.round(part * (MANY + SENDING)));
      await until('the rows', async () => (await indexes()).includes(row) && (await isWhole()));
      const all = await indexes();
      expect(all.length).toBeLessThanOrEqual(shown + 2 * 25);
      expect(all).toEqual(all.map((_, i) => (all[0] ?? 0) + i));
      const ports = (await texts(rows, 2)).map((text) => Number(text.split(':')[1]));
      expect(ports).toEqual(ports.toSorted((a, b) => a - b));
      expect(new Set(ports).size).toBe(ports.length);
    }
    await until('the last row', async () => (await indexes()).at(-1) === MANY + SENDING + 1);
    await page.keyboard.press('g');
    await until('the first row', async () => (await indexes())[0] === 2 && (await isWhole()));
    await page.keyboard.press('G');
    await until('the last row', async () => (await indexes()).at(-1) === MANY + SENDING + 1 && (await isWhole()));
    expect(await grid.locator('[aria-selected=true]').getAttribute('aria-rowindex')).toBe(String(MANY + SENDING + 1));
  });
});
