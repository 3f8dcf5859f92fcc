import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { havePageLab, usePages } from '../support/browser.js';

/** Expects something of a value that changes. */
function eventually(read: () => unknown): ReturnType<typeof expect.poll> {
  return expect.poll(read, { timeout: 15_000 });
}

/** Returns the name of the open tab. */
async function openTab(page: Page): Promise<string> {
  return await page.getByRole('tab', { selected: true }).innerText();
}

/** Returns the fragment of the address. */
function hashOf(page: Page): string {
  return new URL(page.url()).hash;
}

describe.skipIf(!havePageLab('the frame of the page'))('the frame of the page', () => {
  const { open, pageLab } = usePages();

  it('shows host, beat, connections and rates in its title', async () => {
    const { page } = await open();
    const title = page.getByRole('banner');
    await expect
      .poll(() => title.innerText())
      .toMatch(/tcp-info\s*\S+\s+live ● 10 ms\s+\d+ open \d+ closed\s+↑ \S+ \wbit\/s ↓/);
  });

  it('opens tabs by number and by arrows, and keeps them in the address', async () => {
    const { page } = await open();
    await page.getByRole('tab', { name: 'Machine' }).waitFor();
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['Connections', 'Groups', 'Network', 'Machine']);
    await page.keyboard.press('4');
    await page.getByRole('heading', { name: 'Collector' }).waitFor();
    expect(hashOf(page)).toBe('#tab=machine');
    await page.getByRole('tab', { name: 'Machine' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await openTab(page)).toBe('Connections');
    await page.keyboard.press('End');
    expect(await openTab(page)).toBe('Machine');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Machine');
    await page.goBack();
    expect(await openTab(page)).toBe('Connections');
    // Only the open tab is a stop of the Tab key.
    expect(await page.locator('[role=tab][tabindex="0"]').count()).toBe(1);
  });

  it('says what the collector does, and what is unknown', async () => {
    const opened = await open({ place: 'tab=machine' });
    const { page } = opened;
    await page.getByRole('heading', { name: 'Processes' }).waitFor();
    const text = await page.getByRole('tabpanel').innerText();
    expect(text).toMatch(/Beat\s+10 ms/);
    expect(text).toMatch(/History\s+[\d.]+ \w*B of at most 67\.1 MB/);
    expect(text).toContain('Looked up');
    expect(await opened.seriousFindings()).toEqual([]);
  });

  it.for([
    'light',
    'dark',
  ] as const)('explains keys and the language in a panel that holds the focus, %s', async (theme) => {
    const opened = await open({ theme });
    const { page } = opened;
    const help = page.getByRole('button', { name: 'Help' });
    await help.click();
    const panel = page.getByRole('dialog', { name: 'Keys and filters' });
    await panel.waitFor();
    const text = await panel.innerText();
    for (const part of ['freeze: work on a copy', 'bits or bytes per second', 'rtt > 3*minrtt', 'is:lossy']) {
      expect(text).toContain(part);
    }
    for (let i = 0; i < 5; i++) await page.keyboard.press('Tab');
    expect(
      await page.evaluate(
        'document.activeElement === document.body || document.activeElement.closest("dialog") !== null',
      ),
    ).toBe(true);
    expect(await opened.seriousFindings()).toEqual([]);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(await help.evaluate((element) => element.matches(':focus'))).toBe(true);
  });

  it.for(['light', 'dark'] as const)('lists every field with unit and kernel source, %s', async (theme) => {
    const opened = await open({ theme });
    const { page } = opened;
    await page.getByRole('tab', { name: 'Machine' }).waitFor();
    await page.keyboard.press('i');
    const panel = page.getByRole('dialog', { name: 'Fields of a connection' });
    await panel.getByRole('searchbox', { name: 'Find' }).fill('tcpi_rtt');
    const row = panel.getByRole('row', { name: /now\.rttUs/ });
    expect(await row.innerText()).toMatch(
      /Smoothed round-trip time.*microseconds.*tcpi_rtt of struct tcp_info, since Linux 2\.4.*rtt/s,
    );
    expect(await opened.seriousFindings()).toEqual([]);
    await panel.getByRole('searchbox').fill('nothing has these words');
    expect(await panel.getByRole('status').last().innerText()).toContain('No field has');
  });

  it('keeps theme and units, and follows the system until one is chosen', async () => {
    const { page } = await open({ theme: 'dark' });
    const theme = (): Promise<unknown> => page.evaluate('document.documentElement.dataset.theme');
    const rates = page.getByRole('banner');
    await eventually(() => rates.innerText()).toContain('bit/s');
    expect(await theme()).toBe('dark');
    await page.keyboard.press('t');
    await page.keyboard.press('u');
    await eventually(() => rates.innerText()).toMatch(/↑ \S+ \w?B\/s/);
    expect(await theme()).toBe('light');
    await page.reload();
    await eventually(() => rates.innerText()).toMatch(/↑ \S+ \w?B\/s/);
    expect(await theme()).toBe('light');
    await page.getByRole('button', { name: 'View' }).click();
    await page.getByRole('menuitemradio', { name: 'Colours of the system' }).click();
    await eventually(theme).toBe('dark');
  });

  it('freezes with a banner that has its age, and goes on', async () => {
    const opened = await open();
    const { page } = opened;
    const button = page.getByRole('button', { name: 'Freeze' });
    await button.waitFor();
    await page.keyboard.press('f');
    const banner = page.getByRole('status').filter({ hasText: 'Frozen' });
    await eventually(() => banner.innerText()).toMatch(/Frozen [12] s ago/);
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    expect(await opened.seriousFindings('.banners')).toEqual([]);
    await page.getByRole('button', { name: 'Go on' }).click();
    await banner.waitFor({ state: 'detached' });
    expect(await button.getAttribute('aria-pressed')).toBe('false');
  });

  it('asks for nothing while it is hidden', async () => {
    const { page } = await open();
    await page.getByRole('tab', { name: 'Machine' }).waitFor();
    let requests = 0;
    page.on('request', () => requests++);
    const hide = (isHidden: boolean): Promise<unknown> =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} });
        document.dispatchEvent(new Event('visibilitychange'));`);
    await hide(true);
    // Answers of requests before it may still have the page ask for their rest.
    await page.waitForTimeout(500);
    requests = 0;
    await page.waitForTimeout(3000);
    expect(requests).toBe(0);
    await hide(false);
    await eventually(() => requests).toBeGreaterThan(0);
  });

  it('refuses a wrong token, and goes on with the right one without a reload', async () => {
    const { page } = await open({ token: 'wrong-token', place: 'tab=machine' });
    await page.getByText('does not know this token').waitFor();
    await page.evaluate('globalThis.isSamePage = true');
    await page.getByRole('textbox', { name: /Token/ }).fill(pageLab().token);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Collector' }).waitFor();
    expect(hashOf(page)).toBe('#tab=machine');
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
  });

  it.for(['light', 'dark'] as const)('fits a narrow screen, %s', async (theme) => {
    const opened = await open({ theme, widthPx: 390, heightPx: 800 });
    const { page } = opened;
    for (const name of await page.getByRole('tab').allInnerTexts()) {
      await page.getByRole('tab', { name, exact: true }).click();
      await page.waitForTimeout(500);
      expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBe(390);
    }
    expect(await opened.seriousFindings()).toEqual([]);
  });

  it('keeps the last state while the collector is lost, and goes on by itself', async () => {
    const opened = await open({ place: 'tab=machine' });
    const { page } = opened;
    await page.getByRole('heading', { name: 'Collector' }).waitFor();
    await page.context().setOffline(true);
    const banner = page.getByRole('alert').filter({ hasText: 'No connection' });
    await eventually(() => banner.innerText()).toMatch(/No connection since [23] s: the collector cannot be reached/);
    expect(await page.getByRole('heading', { name: 'Collector' }).isVisible()).toBe(true);
    expect(await opened.seriousFindings()).toEqual([]);
    await page.context().setOffline(false);
    await banner.waitFor({ state: 'detached' });
    await eventually(() => page.getByRole('banner').innerText()).toMatch(/live ●.*\d+ open/s);
  });

  // Last: it starts another collector.
  it('asks for the token of a collector that was started again', async () => {
    const opened = await open({ place: 'tab=machine' });
    // The old one answers 503 while it stops.
    opened.forgive(/^answer 503/);
    const { page } = opened;
    await page.getByRole('heading', { name: 'Collector' }).waitFor();
    const before = pageLab().token;
    await pageLab().daemon.stop();
    await page.getByRole('alert').filter({ hasText: 'No connection' }).waitFor();
    await pageLab().startCollector();
    await page.getByText('does not know this token').waitFor();
    expect(pageLab().token).not.toBe(before);
    await page.getByRole('textbox', { name: /Token/ }).fill(pageLab().token);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Collector' }).waitFor();
  });
});
