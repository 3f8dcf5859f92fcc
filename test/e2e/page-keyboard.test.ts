import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { havePageLab, type OpenedPage, usePages } from '../support/browser.js';
import { until } from '../support/waiting.js';

/** Most presses of Tab until an element has the focus: more than all stops of a tab of the page. */
const MOST_STOPS = 80;

/** Element that has the focus. */
interface Focused {
  readonly role: string;
  readonly name: string;
  /** True if an outline or a shadow shows the focus. */
  readonly isSeen: boolean;
  readonly isInDialog: boolean;
}

/** Describes the element with the focus, in the browser. */
const DESCRIBE = `(() => {
  const element = document.activeElement;
  const named = element.getAttribute('aria-label')
    ?? document.getElementById(element.getAttribute('aria-labelledby'))?.textContent
    ?? (element.labels?.[0] ?? element).textContent;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  return {
    role: element.getAttribute('role') ?? (element === document.body ? 'body' : element.localName),
    name: (named ?? '').trim(),
    isSeen: (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none',
    isInDialog: element.closest('dialog') !== null,
  };
})()`;

async function focused(page: Page): Promise<Focused> {
  return (await page.evaluate(DESCRIBE)) as Focused;
}

/** Goes on with Tab until an element has the focus; each stop on the way must be seen to have it. */
async function tabTo(page: Page, role: string, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < MOST_STOPS; i++) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (now.role !== 'body') expect(now, 'a stop whose focus is seen').toMatchObject({ isSeen: true });
    if (now.role === role && name.test(now.name)) return;
    passed.push(`${now.role} ${now.name.slice(0, 40)}`);
  }
  throw new Error(`Tab does not lead to ${role} ${name}; it passes ${passed.join(', ')}`);
}

/** Presses keys, one after the other. */
async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

function place(page: Page): URLSearchParams {
  return new URLSearchParams(new URL(page.url()).hash.slice(1));
}

/** Fails for each event of a pointer: what passes this was done by keys alone. */
const NO_POINTER = `for (const type of ['pointerdown', 'pointermove', 'mousedown', 'wheel', 'touchstart'])
  addEventListener(type, (event) => { if (event.isTrusted) throw new Error('a pointer was used: ' + type); }, true);`;

describe.skipIf(!havePageLab('the page by keys'))('the page by keys alone', () => {
  const { open } = usePages('-http.ports=8080');

  async function openByKeys(hash = ''): Promise<OpenedPage> {
    const opened = await open({ place: hash });
    await opened.page.evaluate(NO_POINTER);
    await opened.page.getByRole('tab', { selected: true }).waitFor();
    return opened;
  }

  /** Opens the table with the first row selected. */
  async function openTable(): Promise<Page> {
    const { page } = await openByKeys();
    await page.getByRole('gridcell').first().waitFor();
    await tabTo(page, 'grid', /^Connections$/);
    await press(page, 'j');
    await page.locator('[role=row][aria-selected=true]').waitFor();
    return page;
  }

  it('reaches every part in the order of the screen, and shows the focus at each', async () => {
    const { page } = await openByKeys();
    await page.getByRole('region', { name: 'Summary' }).waitFor();
    // The strip comes with its first second.
    await page.getByRole('slider', { name: 'Begin of the time' }).waitFor();
    const stops: readonly (readonly [role: string, name: RegExp])[] = [
      ['button', /^Freeze/],
      ['button', /^Fields/],
      ['button', /^View/],
      ['button', /^Help/],
      ['tab', /^Connections/],
      ['slider', /^Begin of the time/],
      ['slider', /^End of the time/],
      ['input', /^Filter/],
      ['button', /^Columns/],
      ['button', /^Group/],
      ['button', /^closed/],
      ['grid', /^Connections/],
      ['button', /^Remote/],
    ];
    for (const [role, name] of stops) await tabTo(page, role, name);
    // And back again: the browser's own order.
    await press(page, 'Shift+Tab');
    expect((await focused(page)).isSeen).toBe(true);
  });

  it('opens every tab by its number, and by the arrows of the row of tabs', async () => {
    const { page } = await openByKeys();
    const tabs = await page.getByRole('tab').allInnerTexts();
    expect(tabs.length).toBeGreaterThan(4);
    for (const [i, name] of tabs.entries()) {
      await press(page, String(i + 1));
      await page.getByRole('tab', { name, selected: true, exact: true }).waitFor();
    }
    await press(page, '1');
    await tabTo(page, 'tab', /^Connections$/);
    for (const name of [...tabs.slice(1), tabs[0] ?? '']) {
      await press(page, 'ArrowRight');
      await page.getByRole('tab', { name, selected: true, exact: true }).waitFor();
      expect(await focused(page)).toMatchObject({ role: 'tab', name, isSeen: true });
    }
  });

  it('filters with completion, and goes on in the table', async () => {
    const { page } = await openByKeys();
    const list = page.getByRole('listbox', { name: 'Completions' });
    const filter = page.getByLabel('Filter');
    await filter.waitFor();
    await press(page, '/');
    await until('the filter to have the focus', async () => (await focused(page)).role === 'input');
    await page.keyboard.type('limit');
    await list.getByRole('option').filter({ hasText: 'limited' }).first().waitFor();
    await press(page, 'Tab');
    await until('the completed name', async () => /^limited/.test(await filter.inputValue()));
    await page.keyboard.type(' != loss');
    await press(page, 'Enter');
    await until('the filter', () => place(page).get('filter')?.endsWith(' != loss') === true);
    expect(await focused(page)).toMatchObject({ role: 'grid', isSeen: true });
    await press(page, '/', 'Escape', 'Escape');
    await until('no filter', () => place(page).get('filter') === null);
  });

  it('opens a row, reads and zooms its charts, and goes back to the row', async () => {
    const page = await openTable();
    await press(page, 'ArrowDown', 'End', 'g', 'Enter');
    await page.getByRole('region', { name: /^Connection .* → / }).waitFor();
    await page.getByRole('img', { name: /^Throughput/ }).waitFor();
    await tabTo(page, 'slider', /Cursor of the charts/);
    await press(page, 'ArrowLeft', '+');
    await until('a range', () => place(page).get('from') !== null);
    await press(page, '0');
    await until('no range', () => place(page).get('from') === null);
    await press(page, 'Escape');
    await until('no connection', () => place(page).get('key') === null);
    await page.locator('[role=row][aria-selected=true]').waitFor();
  });

  it('compares two rows, and chooses another one in a dialog', async () => {
    const page = await openTable();
    await press(page, 'm', 'j', 'm');
    await page.getByRole('region', { name: 'Comparison of two connections' }).waitFor();
    await press(page, 'Escape');
    await page.getByRole('region', { name: /^Connection .* → / }).waitFor();
    await tabTo(page, 'button', /^Compare$/);
    await press(page, 'Enter');
    const dialog = page.getByRole('dialog', { name: 'Compare with' });
    await dialog.getByRole('listitem').first().waitFor();
    await tabTo(page, 'button', /→/);
    await press(page, 'Enter');
    await page.getByRole('region', { name: 'Comparison of two connections' }).waitFor();
  });

  it('chooses columns in a dialog that keeps the focus, and gives it back', async () => {
    const page = await openTable();
    await press(page, 'c');
    const dialog = page.getByRole('dialog', { name: 'Columns' });
    await dialog.waitFor();
    await page.keyboard.type('tcpi_snd_cwnd');
    await tabTo(page, 'input', /sndCwnd/);
    await press(page, ' ');
    await until('the column', () => place(page).get('columns')?.endsWith(',now.sndCwnd') === true);
    for (let i = 0; i < 12; i++) {
      await press(page, 'Tab');
      const now = await focused(page);
      expect(now.isInDialog || now.role === 'body').toBe(true);
    }
    await press(page, 'Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    expect(await focused(page)).toMatchObject({ role: 'grid', isSeen: true });
    await page.getByRole('columnheader', { name: 'sndCwnd' }).waitFor();
  });

  it('sorts by titles, copies, freezes, and chooses closed rows', async () => {
    const page = await openTable();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await press(page, 'y');
    await page.getByText(/^Copied \S+_[0-9A-F]{16}\.$/).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/_[0-9A-F]{16}$/);
    await tabTo(page, 'button', /^RTT/);
    await press(page, 'Enter');
    await until('the order', () => place(page).get('sort') === '-now.rttUs');
    await press(page, 'f');
    await page
      .getByText(/^Frozen/)
      .first()
      .waitFor();
    await tabTo(page, 'button', /^Go on/);
    await press(page, 'Enter');
    await page
      .getByText(/^Frozen/)
      .first()
      .waitFor({ state: 'detached' });
    await press(page, 'x', 'x');
    await until('closed rows alone', () => place(page).get('closed') === 'only');
    await tabTo(page, 'button', /^closed: only/);
    await press(page, 'Enter');
    await page.getByRole('menu').waitFor();
    await press(page, 'ArrowUp', 'Enter');
    await until('another choice', () => place(page).get('closed') !== 'only');
  });

  it('groups and unfolds, and goes to the connections of a group', async () => {
    const { page } = await openByKeys();
    await press(page, 'a');
    const grid = page.getByRole('grid', { name: 'Groups' });
    await grid.waitFor();
    await press(page, ' ');
    await grid.getByRole('button', { expanded: true }).waitFor();
    await press(page, ' ', 'Enter');
    await until('the connections', () => place(page).get('filter') !== null);
    await page.getByRole('grid', { name: 'Connections' }).waitFor();
  });

  it('chooses a time with the ends of the strip, and lets go of it', async () => {
    const { page } = await openByKeys();
    await page.getByRole('slider', { name: 'Begin of the time' }).waitFor();
    await tabTo(page, 'slider', /Begin of the time/);
    await press(page, 'PageUp');
    await until('the begin', () => place(page).get('from') !== null);
    await tabTo(page, 'slider', /End of the time/);
    await press(page, 'PageDown');
    await until('the end', () => place(page).get('until') !== null);
    await press(page, 'Shift+Tab', 'Shift+Tab');
    expect(await focused(page)).toMatchObject({ role: 'button', name: 'All times', isSeen: true });
    await press(page, 'Enter');
    await until('no time', () => place(page).get('from') === null);
  });

  it('goes from the cause beside the strip to its connections', async () => {
    const { page } = await openByKeys();
    await page.locator('.overview-cause').first().waitFor();
    await tabTo(page, 'button', / \d+ %$/);
    await press(page, 'Enter');
    await until('the filter', () => place(page).get('filter')?.startsWith('limited:') === true);
  });

  it('changes the time between refreshes, and says it', async () => {
    const { page } = await openByKeys();
    const title = page.getByRole('banner');
    await press(page, '+');
    await title.getByText('every 2 s').waitFor();
    await page.getByText('A refresh every 2 s.').waitFor();
    const streams: string[] = [];
    page.on('request', (request) => streams.push(request.url()));
    await press(page, '+');
    await until('the stream', () => streams.some((url) => url.includes('/stream') && url.includes('every=5000ms')));
    await press(page, '-', '-');
    await title.getByText(/every/).waitFor({ state: 'detached' });
    await press(page, '-');
    await page.getByText('Rows are computed once a second, no faster.').waitFor();
  });

  it('opens and leaves each panel, and has the focus where it was', async () => {
    const { page } = await openByKeys();
    for (const [button, name] of [
      [/^Help$/, 'Keys and filters'],
      [/^Fields/, 'Fields of a connection'],
    ] as const) {
      await tabTo(page, 'button', button);
      await press(page, 'Enter');
      const panel = page.getByRole('dialog', { name });
      await panel.waitFor();
      expect((await focused(page)).isInDialog).toBe(true);
      await press(page, 'Escape');
      await page.locator('dialog').waitFor({ state: 'detached' });
      const now = await focused(page);
      expect(button.test(now.name) && now.isSeen).toBe(true);
    }
    await tabTo(page, 'button', /^View$/);
    await press(page, 'Enter');
    await page.getByRole('menu').waitFor();
    await press(page, 'ArrowDown', 'Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    expect(await focused(page)).toMatchObject({ role: 'button', name: expect.stringContaining('View') });
  });

  it.for(['light', 'dark'] as const)('gives axe-core nothing serious to find anywhere, %s', async (theme) => {
    const opened = await open({ theme });
    const { page } = opened;
    const check = async (what: string): Promise<void> => {
      expect(await opened.seriousFindings(), what).toEqual([]);
    };
    await page.getByRole('gridcell').first().waitFor();
    await page.getByRole('region', { name: 'Summary' }).waitFor();
    for (const [i, name] of (await page.getByRole('tab').allInnerTexts()).entries()) {
      await press(page, String(i + 1));
      await page.getByRole('tab', { name, selected: true, exact: true }).waitFor();
      await page.waitForTimeout(1200);
      await check(`tab ${name}`);
    }
    await press(page, '1');
    for (const [key, name] of [
      ['?', 'Keys and filters'],
      ['i', 'Fields of a connection'],
      ['c', 'Columns'],
    ] as const) {
      await press(page, key);
      await page.getByRole('dialog', { name }).waitFor();
      await check(`dialog ${name}`);
      await press(page, 'Escape');
      await page.locator('dialog').waitFor({ state: 'detached' });
    }
    await page.getByRole('gridcell').first().waitFor();
    await press(page, 'j');
    await page.locator('[role=row][aria-selected=true]').waitFor();
    await press(page, 'm', 'j', 'Enter');
    await page.getByRole('img', { name: /^Throughput/ }).waitFor();
    await check('a connection');
    await press(page, 'm');
    await page.getByRole('region', { name: 'Comparison of two connections' }).waitFor();
    await check('a comparison');
    await press(page, 'Escape', 'Escape', 'f');
    await page
      .getByText(/^Frozen/)
      .first()
      .waitFor();
    await check('frozen');
    await press(page, 'f', '/');
    await page.keyboard.type('limi');
    await page.getByRole('listbox', { name: 'Completions' }).waitFor();
    await check('completions');
    await page.keyboard.type('xx >');
    await until('an error', async () => ((await page.locator('#filter-error').textContent()) ?? '') !== '');
    await check('an error in the filter');
  });
});
