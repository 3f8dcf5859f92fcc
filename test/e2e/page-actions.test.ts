import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { havePageLab, usePages } from '../support/browser.js';
import { until } from '../support/waiting.js';

const recordings = join(mkdtempSync(join(tmpdir(), 'actions-')), 'recordings');
afterAll(() => rmSync(join(recordings, '..'), { recursive: true }));

describe.skipIf(!havePageLab('watches and recordings on the page'))('what the page has done', () => {
  const { open } = usePages('-recorder=60s', `-recorder.output=${recordings}`);

  async function openFirst() {
    const opened = await open({});
    const { page } = opened;
    await page.getByRole('grid').getByRole('row').nth(1).click();
    const head = page.locator('.detail-head');
    await head.waitFor();
    return { opened, page, head };
  }

  it('a watch begins and ends by the button and by its key', async () => {
    const { page, head } = await openFirst();
    await head.getByRole('button', { name: 'Watch 1 ms' }).click();
    await page.getByText('Every millisecond of the connection is read until').waitFor();
    await head.getByRole('button', { name: 'Watched 1 ms' }).waitFor();
    await head.getByRole('button', { name: 'Watched 1 ms' }).click();
    await page.getByText('The watch has ended.').waitFor();
    await head.getByRole('button', { name: 'Watch 1 ms' }).waitFor();
    await page.keyboard.press('w');
    await head.getByRole('button', { name: 'Watched 1 ms' }).waitFor();
    await page.keyboard.press('w');
    await head.getByRole('button', { name: 'Watch 1 ms' }).waitFor();
  });

  it('a recording is asked for, saved with its note, listed on the machine and downloaded', async () => {
    const { opened, page, head } = await openFirst();
    const dialog = page.getByRole('dialog', { name: 'Save the last records' });
    await head.getByRole('button', { name: 'Record', exact: true }).click();
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    // The key asks as the button does.
    await page.keyboard.press('R');
    await dialog.waitFor();
    expect(await opened.seriousFindings('dialog')).toEqual([]);
    await dialog.getByLabel('Note').fill('<b>stalls</b>');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('is being written; the Machine tab lists it.').waitFor();
    await until('the recording', () => readdirSync(recordings).some((name) => name.endsWith('_manual')));
    await page.getByRole('tab', { name: 'Machine' }).click();
    const item = page.getByRole('list', { name: 'Recordings' }).getByRole('listitem');
    await item.getByText('– <b>stalls</b>').waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      item.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(file.suggestedFilename()).toMatch(/_manual\.tar$/);
    expect(await opened.seriousFindings('.machine-part')).toEqual([]);
  });
});
