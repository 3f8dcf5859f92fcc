import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DATABASE, OPEN, WEB } from '../archive/store/written.js';
import { havePageLab, usePages } from '../support/browser.js';
import { writeConnection } from '../support/connections.js';
import { DAEMON } from '../support/daemon.js';
import { programEnvironment } from '../support/program-environment.js';
import { within } from '../support/waiting.js';

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
