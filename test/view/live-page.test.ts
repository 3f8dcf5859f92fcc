import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { uuidLink } from '../../view/index.js';
import { folderOf, WEB } from '../archive/store/written.js';
import { tcpInfo } from '../support/tcp-info.js';

describe('links into a running page', () => {
  it('are at the UUID, with the key behind #', () => {
    expect(String(uuidLink('a&b@<1>', 'http://localhost:7072'))).toBe(
      '<a href="http://localhost:7072/#key=a%26b%40%3C1%3E">a&amp;b@&lt;1&gt;</a>',
    );
    expect(String(uuidLink('host_1', ''))).toBe('<a href="/#key=host_1">host_1</a>');
    expect([uuidLink('host_1', undefined), uuidLink(null, '')]).toEqual(['host_1', '']);
  });

  it('are in the pages of show and summary only on request, and change nothing else', async () => {
    const folder = await folderOf(WEB);
    for (const command of [
      ['show', '--html=-', WEB.uuid, folder],
      ['summary', '--format=html', folder],
    ]) {
      const [name = '', ...rest] = command;
      const plain = await tcpInfo(name, ...rest);
      const linked = await tcpInfo(name, '--live-page=http://localhost:7072/', ...rest);
      expect([plain.code, linked.code]).toEqual([0, 0]);
      expect(plain.stdout).not.toContain('<a ');
      const link = `<a href="http://localhost:7072/#key=${WEB.uuid}">${WEB.uuid}</a>`;
      expect(linked.stdout).toContain(link);
      expect(linked.stdout.replaceAll(link, WEB.uuid)).toBe(plain.stdout);
      expect(linked.stdout).not.toContain('<script');
    }
  });

  it('need a document in HTML, and an address without a token', async () => {
    const folder = join(await folderOf(WEB), 'none');
    mkdirSync(folder);
    for (const [args, message] of [
      [['show', '--live-page=http://localhost:7072', WEB.uuid, folder], '--live-page is only for --html'],
      [['summary', '--live-page=http://localhost:7072', folder], '--live-page is only for --format=html'],
      [['summary', '--live-page=http://localhost:7072/#token=x', folder], 'without a token'],
      [['summary', '--live-page=http://me:pass@localhost', folder], 'without a token'],
      [['summary', '--live-page=javascript:alert(1)', folder], 'http://HOST:PORT'],
    ] as const) {
      const { code, stderr } = await tcpInfo(...args);
      expect([args, code]).toEqual([args, 2]);
      expect(stderr).toContain(message);
    }
  });
});
