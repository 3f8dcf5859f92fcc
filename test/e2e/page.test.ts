import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { DATABASE, OPEN, WEB } from '../archive/store/written.js';
import { havePageLab, usePages } from '../support/browser.js';
import { writeConnection } from '../support/connections.js';
import { DAEMON } from '../support/daemon.js';
import { programEnvironment } from '../support/program-environment.js';
import { within } from '../support/waiting.js';

/** Returns the JSON that a reading tool prints. */
function printed(...args: readonly string[]): { readonly verdict: string; readonly evidence: string } {
  const text = execFileSync(process.execPath, [DAEMON, ...args], { encoding: 'utf8', env: programEnvironment() });
  return JSON.parse(text) as ReturnType<typeof printed>;
}

/** Goes from the whole to the cause of one, and compares the words with those of the tools. */
async function saysWhatToolsSay(page: Page, folder: string): Promise<void> {
  const whole = printed('summary', '--format=json', folder);
  const summary = page.getByRole('region', { name: 'Summary' });
  expect(await summary.textContent()).toContain(whole.verdict);
  expect(await summary.textContent()).toContain(whole.evidence);
  // Short names mean the whole recorded time, as for the tools.
  const rows = page.locator('[role=row]:has([role=gridcell])');
  const all = await rows.count();
  await page.getByRole('searchbox', { name: 'Filter' }).fill('-limited:idle age > 0s');
  await page.keyboard.press('Enter');
  await page.getByText(new RegExp(`^[1-9]\\d* of ${all}$`)).waitFor();
  await summary.getByRole('button', { name: /^Look at the one that lost the most time/ }).click();
  await page.getByRole('region', { name: 'Verdict' }).waitFor();
  const uuid = /key=([^&@]+)/.exec(page.url())?.[1] ?? '';
  const one = printed('show', '--format=json', uuid, folder);
  expect(await page.getByRole('region', { name: 'Verdict' }).textContent()).toContain(one.verdict);
}

describe.skipIf(!havePageLab('the page'))('the page', () => {
  const { open, pageLab } = usePages();

  it('loads from the collector, takes the token off the address, and shows its connections', async () => {
    const { page } = await open();
    await page
      .getByText(/\d+ open/)
      .first()
      .waitFor();
    expect(page.url()).not.toContain('token');
    expect(await page.title()).toContain('tcp-info');
    // It is kept for this tab: the page works after it was loaded again.
    await page.reload();
    await page
      .getByText(/\d+ open/)
      .first()
      .waitFor();
  });

  it.for(['light', 'dark'] as const)('has nothing serious for axe-core to find, %s', async (theme) => {
    const opened = await open({ theme });
    await opened.page
      .getByText(/\d+ open/)
      .first()
      .waitFor();
    expect(await opened.seriousFindings()).toEqual([]);
  });

  it('shows the connections of archives, closed ones too, from tcp-info view', async () => {
    const { lab } = pageLab();
    const folder = join(lab.folder, 'archives');
    mkdirSync(folder);
    for (const each of [WEB, OPEN, DATABASE]) await writeConnection(folder, each);
    const [file, args] = lab.near.command(process.execPath, DAEMON, 'view', folder);
    const viewer = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'], env: programEnvironment() });
    try {
      const [line] = (await within('the address', once(viewer.stdout.setEncoding('utf8'), 'data'))) as [string];
      const { origin, hash } = new URL(line.trim());
      const opened = await open({ address: origin, token: hash.replace('#token=', '') });
      await opened.page.getByText('10.0.0.2:443').first().waitFor();
      await opened.page.getByText(folder).first().waitFor();
      expect(await opened.seriousFindings()).toEqual([]);
      await saysWhatToolsSay(opened.page, folder);
    } finally {
      viewer.kill();
    }
  });

  it('asks for the token if it has none', async () => {
    const opened = await open({ token: null });
    await opened.page.getByRole('textbox', { name: /token/i }).waitFor();
    expect(await opened.seriousFindings()).toEqual([]);
  });
});
