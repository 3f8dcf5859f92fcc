import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { havePageLab, usePages } from '../support/browser.js';
import { until } from '../support/waiting.js';

const folder = mkdtempSync(join(tmpdir(), 'alerts-page-'));
const RULES = join(folder, 'alerts.json');
writeFileSync(
  RULES,
  JSON.stringify({
    alerts: [
      { name: 'any', when: 'rtt >= 0', description: 'every connection' },
      { name: 'many', by: 'all', when: 'count() > 1000' },
    ],
  }),
);
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!havePageLab('the tab of alerts'))('the tab of alerts', () => {
  const { open } = usePages(`-alerts=${RULES}`);

  it('has rules, what fires and since when, history, and leads to the connection', async () => {
    const opened = await open({ place: 'tab=alerts' });
    const { page } = opened;
    const tab = page.getByRole('region', { name: 'Alerts', exact: true });
    await tab.getByText('every connection').waitFor();
    const now = tab.getByRole('table').first();
    await now.getByRole('cell', { name: 'firing', exact: true }).first().waitFor();
    expect(await tab.getByRole('row').filter({ hasText: 'count() > 1000' }).innerText()).toContain('quiet');
    await tab.getByRole('cell', { name: 'fires', exact: true }).first().waitFor();
    expect(await opened.seriousFindings('.alerts')).toEqual([]);
    await now.getByRole('button').first().click();
    await until('the connection', async () => (await page.evaluate<string>('location.hash')).includes('key='));
  });

  it('is counted in the header, and silences a rule', async () => {
    const { page } = await open({});
    await page.getByRole('button', { name: /^Alerts \d+/ }).click();
    const tab = page.getByRole('region', { name: 'Alerts', exact: true });
    await tab.getByRole('button', { name: 'Silence 1 h: many' }).click();
    await tab.getByRole('button', { name: 'Tell again: many' }).click();
    await tab.getByRole('button', { name: 'Silence 1 h: many' }).waitFor();
  });
});
