import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { havePageLab, type OpenedPage, usePages } from '../support/browser.js';
import { Path } from '../support/path.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');
const LIMITED = join(import.meta.dirname, '..', 'support', 'limited.py');
const [SLOW_READER_PORT, LOSSY_PORT] = [443, 8443];
const SECONDS = 300;
/** Pictures of docs/live.md, and their pixels. UPDATE_GOLDEN=1 takes them anew; it needs pngquant. */
const PICTURES = { list: 'page-connections.png', detail: 'page-connection.png', dark: 'page-network.png' } as const;
const SIZE = { widthPx: 1200, heightPx: 800 };
const MAX_PICTURE_BYTES = 50_000;
const COLOURS = 32;

describe.skipIf(!havePageLab('the page of a slow service') || !havePrograms('the page of a slow service', 'python3'))(
  'a slow service, from the page to the cause',
  () => {
    const { open, pageLab } = usePages();

    it('is found by a filter and a key, and the page says what the test did', { timeout: 120_000 }, async () => {
      const { lab } = pageLab();
      await using path = await Path.lay(lab.near, lab.far, { delay: 0.01, loss: 0.01 });
      // Its own path, not that of a script which looks at its name.
      const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
      const named = (name: string): string => {
        const program = join(lab.folder, name);
        symlinkSync(python, program);
        return program;
      };
      const reader = [LIMITED, 'read', String(SLOW_READER_PORT), '--bytes-per-second=1000000'];
      await using slow = Running.inside(lab.far, 'python3', ...reader);
      await using fast = Running.inside(lab.far, 'python3', LIMITED, 'read', String(LOSSY_PORT));
      await until('listeners', () => slow.output.includes('ready') && fast.output.includes('ready'));
      const send = (program: string, host: string, port: number): Running =>
        Running.inside(lab.near, program, LIMITED, 'send', host, String(port), `--seconds=${SECONDS}`);
      await using _upload = send(named('uploader'), lab.far.ipv4, SLOW_READER_PORT);
      await using _backup = send(named('backup'), path.farIpv4, LOSSY_PORT);

      const opened = await open(SIZE);
      const { page } = opened;
      const rows = page.getByRole('grid', { name: 'Connections' }).getByRole('row');
      await rows.filter({ hasText: 'uploader' }).filter({ hasText: 'rwnd' }).waitFor();
      await rows.filter({ hasText: 'backup' }).filter({ hasText: 'loss' }).waitFor();
      // Lines of a minute have some length.
      await page.waitForTimeout(8000);
      await picture(opened, PICTURES.list);

      await page.getByRole('searchbox', { name: 'Filter' }).fill('limited:rwnd');
      await page.keyboard.press('Enter');
      // The row of titles, and the one connection.
      await until('one connection', async () => (await rows.count()) === 2);
      await page.keyboard.press('Escape');
      await rows.nth(1).click();
      const verdict = page.getByRole('region', { name: 'Verdict' });
      await verdict.waitFor();
      const words = (await verdict.textContent()) ?? '';
      expect(words).toContain(`Slow because the reader at ${lab.far.ipv4} took only `);
      expect(words).toContain(`Look at the program at ${lab.far.ipv4}:${SLOW_READER_PORT}, not at the network.`);
      await page.waitForTimeout(5000);
      await picture(opened, PICTURES.detail);

      await page.keyboard.press('Escape');
      const dark = await open({ ...SIZE, theme: 'dark', place: 'tab=network' });
      await dark.page.getByText('Listeners').first().waitFor();
      await dark.page.waitForTimeout(3000);
      await picture(dark, PICTURES.dark);
    });

    it('has its pictures in docs/live.md', () => {
      const text = readFileSync(join(DOCS, 'live.md'), 'utf8');
      for (const name of Object.values(PICTURES)) {
        expect(text).toContain(`](${name})`);
        const bytes = readFileSync(join(DOCS, name));
        expect(bytes.length).toBeLessThan(MAX_PICTURE_BYTES);
        expect(pixelsOf(bytes)).toEqual([SIZE.widthPx, SIZE.heightPx]);
      }
    });
  },
);

/** Draws the page, and keeps the picture with UPDATE_GOLDEN=1: few colours take a third of the bytes. */
async function picture({ page }: OpenedPage, name: string): Promise<void> {
  const bytes = await page.screenshot();
  expect(pixelsOf(bytes)).toEqual([SIZE.widthPx, SIZE.heightPx]);
  if (process.env['UPDATE_GOLDEN'] !== '1') return;
  const small = execFileSync('pngquant', ['--strip', '--speed=1', String(COLOURS), '-'], { input: bytes });
  writeFileSync(join(DOCS, name), small);
}

/** Returns width and height of a PNG, which its first chunk has. */
function pixelsOf(png: Buffer): readonly [number, number] {
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}
