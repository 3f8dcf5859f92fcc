import { describe, expect, it } from 'vitest';
import { havePageLab, usePages } from '../support/browser.js';

describe.skipIf(!havePageLab('the page'))('the page', () => {
  const { open } = usePages();

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

  it('asks for the token if it has none', async () => {
    const opened = await open({ token: null });
    await opened.page.getByRole('textbox', { name: /token/i }).waitFor();
    expect(await opened.seriousFindings()).toEqual([]);
  });
});
