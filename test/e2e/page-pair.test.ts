import { describe, expect, it } from 'vitest';
import { havePageLab, usePages } from '../support/browser.js';
import { until } from '../support/waiting.js';

describe.skipIf(!havePageLab('both ends of a connection on the page'))('both ends of a connection', () => {
  // The other end is in another network namespace, which is recorded, too.
  const { open } = usePages((lab) => `-netns=${lab.far.name}`);

  it('are shown on one axis by [Pair], and one alone again by Escape', async () => {
    const { page } = await open({});
    const rows = page.getByRole('grid', { name: 'Connections' }).getByRole('row');
    await page.getByRole('searchbox', { name: 'Filter' }).fill('is:paired');
    await page.keyboard.press('Enter');
    await rows.nth(1).waitFor();
    await page.keyboard.press('Escape');
    await rows.nth(1).click();
    const head = page.locator('.detail-head');
    const pair = head.getByRole('button', { name: 'Pair' });
    await pair.waitFor();
    const place = (): URLSearchParams => new URLSearchParams(new URL(page.url()).hash.slice(1));
    const own = place().get('key');
    await pair.click();
    const comparison = page.getByRole('region', { name: 'Comparison of two connections' });
    await comparison.waitFor();
    const other = place().get('compare');
    expect(other).toBeTruthy();
    expect(other).not.toBe(own);
    // What one sends the other receives: both are in the same charts, over one time.
    const sent = comparison.getByRole('img', { name: /^Sent/ });
    await sent.waitFor();
    await comparison.getByText('A limited by').waitFor();
    await comparison.getByText('B limited by').waitFor();
    await page.keyboard.press('Escape');
    await until('the one connection', () => place().get('compare') === null && place().get('key') === own);
    await pair.waitFor();
  });
});
