import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseList } from '../../../live/api/page/list.js';
import { isPagePath } from '../../../live/api/page/page-files.js';
import { sample } from '../../support/metric.js';
import { tempFolder } from '../../support/temp.js';
import { type Answered, get, getPage, getPageUnix, getTcp, useLiveServer } from './harness.js';

const start = useLiveServer();

const FILES: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html><title>tcp-info</title>',
  'page-ABCD1234.js': 'render();',
  'page-EFGH5678.css': 'body{margin:0}',
  'notices.txt': 'preact 11.2.0 (MIT)',
};

/** Writes a page as the build does, and returns its folder. */
function pageIn(folder: string): string {
  const page = join(folder, 'web');
  mkdirSync(page);
  for (const [name, text] of Object.entries(FILES)) {
    writeFileSync(join(page, name), text);
    writeFileSync(join(page, `${name}.gz`), gzipSync(text));
  }
  const files = Object.keys(FILES).map((name) => ({ name, hash: `hash-of-${name.split('.')[1]}` }));
  writeFileSync(join(page, 'files.json'), JSON.stringify({ files }));
  writeFileSync(join(page, 'secret-ABCD1234.js'), 'in no list');
  return page;
}

/** Returns the headers that do not depend on the time and the connection. */
function stable({ headers }: Answered): Readonly<Record<string, unknown>> {
  const changing = ['date', 'connection', 'keep-alive'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !changing.includes(name)));
}

const SECURITY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

describe('the files of the page', () => {
  it('are served without a token, with their types, caches and tags', async () => {
    const served = await start({ page: pageIn(tempFolder()) });
    const index = await getPage(served, '/');
    expect([index.status, index.body]).toEqual([200, FILES['index.html']]);
    expect(stable(index)).toEqual({
      ...SECURITY,
      'cache-control': 'no-cache',
      'content-length': String(FILES['index.html']?.length),
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      etag: '"hash-of-html"',
      vary: 'Accept-Encoding',
    });
    const script = await getPage(served, '/page-ABCD1234.js', { 'accept-encoding': 'gzip, deflate, br' });
    expect([script.status, script.body]).toEqual([200, 'render();']);
    expect(stable(script)).toEqual({
      ...SECURITY,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'gzip',
      'content-length': String(gzipSync('render();').length),
      'content-type': 'text/javascript; charset=utf-8',
      etag: '"hash-of-js-gzip"',
      vary: 'Accept-Encoding',
    });
    expect(await getPage(served, '/page-EFGH5678.css')).toMatchObject({
      status: 200,
      body: 'body{margin:0}',
      headers: { 'content-type': 'text/css; charset=utf-8' },
    });
    expect(await getPage(served, '/notices.txt')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' },
    });
    expect(await getPage(served, '/?from=a+link')).toMatchObject({ status: 200 });
    expect(await getPageUnix(served, '/')).toMatchObject({ status: 200, body: FILES['index.html'] });
    expect(await sample(served.metrics, 'tcpinfo_live_requests_total', { code: '200' })).toBe(6);
    expect(await sample(served.metrics, 'tcpinfo_live_rejected_total', { reason: 'token' })).toBe(0);
  });

  it('answer HEAD without a body, 304 for a known tag, and 405 for POST', async () => {
    const served = await start({ page: pageIn(tempFolder()) });
    const head = await getPage(served, '/', {}, 'HEAD');
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', '38']);
    for (const known of ['"hash-of-html"', 'W/"hash-of-html"', '"other", "hash-of-html"', '*']) {
      const same = await getPage(served, '/', { 'if-none-match': known });
      expect([same.status, same.body]).toEqual([304, '']);
      expect(stable(same)).toEqual({
        ...SECURITY,
        'cache-control': 'no-cache',
        etag: '"hash-of-html"',
        vary: 'Accept-Encoding',
      });
    }
    const packed = { 'if-none-match': '"hash-of-html"', 'accept-encoding': 'gzip' };
    expect(await getPage(served, '/', packed)).toMatchObject({ status: 200, headers: { etag: '"hash-of-html-gzip"' } });
    expect(await getPage(served, '/', { 'accept-encoding': 'gzip;q=0' })).toMatchObject({
      status: 200,
      headers: { etag: '"hash-of-html"' },
    });
    const posted = await getPage(served, '/', {}, 'POST');
    expect([posted.status, posted.headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect(await sample(served.metrics, 'tcpinfo_live_requests_total', { code: '304' })).toBe(4);
  });

  it('are no way to other paths: files that are not listed, parts of paths, and data without a token', async () => {
    const served = await start({ page: pageIn(tempFolder()) });
    expect(await getPage(served, '/secret-ABCD1234.js')).toMatchObject({ status: 404 });
    for (const path of [
      '/files.json',
      '/index.html',
      '/index.html.gz',
      '/page-ABCD1234.js.gz',
      '/../web/page-ABCD1234.js',
      '/%2e%2e/page-ABCD1234.js',
      '/web/page-ABCD1234.js',
      '//page-ABCD1234.js',
      '/page-ABCD1234.js/',
      '/page-ABCD1234.js%00',
      '/api/v1',
      '/api/v1/',
      '/api/v1/status',
      '/favicon.ico',
    ]) {
      expect([401, 429], path).toContain((await getPage(served, path)).status);
    }
    expect(JSON.parse((await getTcp(served, '/nothing')).body)).toMatchObject({ status: 404, code: 'ERR_NO_ROUTE' });
    expect(await getPage(served, '/', { host: 'evil.example' })).toMatchObject({ status: 421 });
    expect(await getPage(served, '/', { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 403 });
    expect(await getPage(served, `/?${'a'.repeat(8192)}`)).toMatchObject({ status: 414 });
  });

  it('are read at the first request, all at once, and not again', async () => {
    const folder = tempFolder();
    const served = await start({ page: join(folder, 'web') });
    const missing = await getPage(served, '/');
    expect([missing.status, missing.headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8']);
    expect(missing.body).toContain('npm run build:web');
    expect(await getPage(served, '/page-ABCD1234.js')).toMatchObject({ status: 404 });
    const page = pageIn(folder);
    expect(await getPage(served, '/')).toMatchObject({ status: 200 });
    rmSync(page, { recursive: true });
    expect(existsSync(page)).toBe(false);
    expect(await getPage(served, '/page-ABCD1234.js')).toMatchObject({ status: 200, body: 'render();' });
  });

  it('answer 500 with a line in the log if the list is not that of the build', async () => {
    const page = pageIn(tempFolder());
    writeFileSync(join(page, 'files.json'), '{"files":[{"name":"../../secret.js","hash":"x"}]}');
    const served = await start({ page });
    expect(await getPage(served, '/')).toMatchObject({ status: 500 });
    expect(served.lines.join('')).toContain('../../secret.js');
    expect(await get(served, '/status')).toMatchObject({ status: 200 });
  });

  it('are not served without a page', async () => {
    const served = await start();
    expect(await getPage(served, '/')).toMatchObject({ status: 401 });
    expect(await getPageUnix(served, '/')).toMatchObject({ status: 404 });
  });

  it('answer 503 when the server stops', async () => {
    const served = await start({ page: pageIn(tempFolder()) });
    served.server.stop();
    expect(await getPage(served, '/')).toMatchObject({ status: 503 });
  });
});

describe('the list of files', () => {
  it.each([
    'nonsense',
    'null',
    '{}',
    '{"files":{}}',
    '{"files":[null]}',
    '{"files":[{"name":"page.js"}]}',
    '{"files":[{"name":"/page.js","hash":"x"}]}',
    '{"files":[{"name":"page.exe","hash":"x"}]}',
    '{"files":[{"name":"page.js","hash":"x\\r\\ny"}]}',
  ])('%s is refused', (text) => {
    expect(() => parseList(text)).toThrow(/build the page again/);
  });

  it('has paths that are those of the page', () => {
    const names = ['index.html', 'page-ABCD1234.js', 'page-EFGH5678.css', 'a.b-c-ABCD1234.js', 'notices.txt'];
    const list = parseList(JSON.stringify({ files: names.map((name) => ({ name, hash: 'x' })) }));
    expect(list.map(({ path }) => path)).toEqual(['/', ...names.slice(1).map((name) => `/${name}`)]);
    for (const { path } of list) expect(isPagePath(path), path).toBe(true);
  });
});
