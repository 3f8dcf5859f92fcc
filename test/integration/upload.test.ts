import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import {
  type ArchiveFile,
  archivePath,
  digests,
  md5,
  present,
  stateFiles,
  writeArchive,
  writeArchives,
} from '../support/archive-files.js';
import { entriesOf, member, objectsOf, untar } from '../support/bundles.js';
import { requireBuilt } from '../support/daemon.js';
import { programEnvironment } from '../support/program-environment.js';
import { it } from '../support/run.js';
import { haveSwift, Swift } from '../support/swift.js';
import { until, within } from '../support/waiting.js';

const isThere = haveSwift('upload against Swift');
const SCRIPT = join(import.meta.dirname, '..', 'support', 'upload-until.mjs');

/** Lengths of five archives, whose bundle has five parts of 64 KiB. */
const LENGTHS = [60_000, 590, 120_000, 1, 90_000];

/** Every step that a crash may divide, and how often it is reached before the kill. */
const STEPS: readonly (readonly [step: string, count: number])[] = [
  ['sealing', 1],
  ['sealed', 1],
  ['planned', 1],
  ['created', 1],
  ['upload noted', 1],
  ['part', 1],
  ['part', 4],
  ['sent', 1],
  ['index sent', 1],
  ['confirmed', 1],
  ['noted', 1],
  ['deleted', 1],
  ['deleted', 4],
  ['content removed', 1],
  ['plan removed', 1],
];

describe.skipIf(!isThere)('upload against Swift', () => {
  let swift: Swift;

  beforeAll(async () => {
    requireBuilt();
    swift = await Swift.start();
  });
  afterAll(async () => {
    await swift?.[Symbol.asyncDispose]();
  });

  interface Place {
    readonly archives: string;
    readonly state: string;
    readonly bucket: string;
  }

  /** Makes a bucket and folders for one test. */
  async function place(folder: string, bucket: string): Promise<Place> {
    const [archives, state] = [join(folder, 'archives'), join(folder, 'state')];
    mkdirSync(archives);
    await swift.createBucket(bucket);
    return { archives, state, bucket };
  }

  function start(args: readonly string[], env: Record<string, string> = swift.env): Run {
    return new Run([process.execPath, ...args], env);
  }

  /** Runs the upload's parts to their end, or to a step at which the process is killed. */
  async function uploadUntil(
    at: Place,
    kill: { readonly killAt?: string; readonly killCount?: number } = {},
  ): Promise<Run> {
    const run = start([SCRIPT, JSON.stringify({ ...at, endpoint: swift.endpoint, ...kill })]);
    await run.ended();
    return run;
  }

  function program({ archives, state, bucket }: Place, ...more: readonly string[]): string[] {
    const main = join(import.meta.dirname, '..', '..', 'dist', 'cmd', 'tcp-info', 'main.js');
    const place = [`--archives=${archives}`, `--state=${state}`, `--to=s3://${bucket}/p`, '--node=node'];
    return [main, 'upload', ...place, ...more];
  }

  /** Checks that a bucket has one bundle and its index, with exactly these archives. */
  async function expectStored(bucket: string, files: readonly ArchiveFile[]): Promise<void> {
    const objects = await objectsOf(swift.store(bucket));
    const keys = Array.from(objects.keys());
    expect(keys.map((key) => key.replace(/-[0-9a-f]{16}\./, '.'))).toEqual([
      expect.stringMatching(/\/2026\/11\/28\/node\.index\.jsonl$/),
      expect.stringMatching(/\/2026\/11\/28\/node\.tar\.zst$/),
    ]);
    const [index = Buffer.alloc(0), bundle = Buffer.alloc(0)] = objects.values();
    expect(digests(await untar(bundle))).toEqual(digests(files));
    const entries = entriesOf(index);
    expect(entries.map(({ path, sequence }) => [path, sequence])).toEqual(files.map(({ path }) => [path, 0]));
    const members = entries.map(async (entry) => ({ path: entry.path, content: await member(bundle, entry) }));
    expect(digests(await Promise.all(members))).toEqual(digests(files));
  }

  // First, because it waits for longest.
  it.concurrent('gives up with exit code 1 if the store stays away from a run that is to end', async ({ folder }) => {
    const at = await place(folder, 'away');
    const files = writeArchives(at.archives, [100]);
    truncateSync(join(at.archives, files[0]?.path ?? ''), 100);
    const env = { ...swift.env, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' };
    const run = start(program(at, '--once'), env);
    expect(await run.ended()).toBe(1);
    expect(run.stderr).toContain('level=error msg="gave up" bundles=0 archives=0');
    expect(md5(readFileSync(join(at.archives, files[0]?.path ?? '')))).toBe(md5(files[0]?.content ?? Buffer.alloc(0)));
  });

  it.concurrent.for(STEPS)('killed at "%s" (%i) deletes nothing unconfirmed, and stores one bundle', async ([
    step,
    count,
  ], { folder }) => {
    const at = await place(folder, `killed-${step.replace(' ', '-')}-${count}`);
    const files = writeArchives(at.archives, LENGTHS);
    const killed = await uploadUntil(at, { killAt: step, killCount: count });
    expect(killed.signal).toBe('SIGKILL');
    const left = present(at.archives, files);
    if (left.length < files.length) await expectStored(at.bucket, files);
    const { stdout, stderr, code } = await uploadUntil(at);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('level=error')]);
    const isDone = step === 'plan removed';
    const wasSent = isDone || ['noted', 'deleted', 'content removed'].includes(step);
    expect(JSON.parse(stdout)).toEqual({ bundles: wasSent ? 0 : 1, archives: wasSent ? 0 : files.length, left: 0 });
    await expectStored(at.bucket, files);
    expect(present(at.archives, files)).toEqual([]);
    expect(stateFiles(at.state)).toEqual([]);
  });

  it.concurrent('goes on with the parts that the store has', async ({ folder }) => {
    const at = await place(folder, 'parts-kept');
    const files = writeArchives(at.archives, LENGTHS);
    await uploadUntil(at, { killAt: 'part', killCount: 4 });
    const [upload = ''] = stateFiles(at.state).filter((name) => name.endsWith('.upload'));
    const { key, uploadId } = JSON.parse(readFileSync(join(at.state, upload), 'utf8')) as {
      key: string;
      uploadId: string;
    };
    const before = await swift.store(at.bucket).parts(key, uploadId);
    expect(before.length).toBeGreaterThanOrEqual(4);
    const bytes = before.reduce((sum, part) => sum + part.bytes, 0);
    await uploadUntil(at);
    await expectStored(at.bucket, files);
    expect(bytes).toBeGreaterThan(0);
  });

  it.concurrent('begins anew, under the same name, when the store has forgotten the upload', async ({ folder }) => {
    const at = await place(folder, 'forgotten');
    const files = writeArchives(at.archives, LENGTHS);
    await uploadUntil(at, { killAt: 'part', killCount: 2 });
    const [upload = ''] = stateFiles(at.state).filter((name) => name.endsWith('.upload'));
    const { key, uploadId } = JSON.parse(readFileSync(join(at.state, upload), 'utf8')) as {
      key: string;
      uploadId: string;
    };
    await swift.store(at.bucket).abort(key, uploadId);
    expect((await uploadUntil(at)).code).toBe(0);
    await expectStored(at.bucket, files);
    expect(present(at.archives, files)).toEqual([]);
  });

  it.concurrent('deletes nothing while what the store would take is not what was sealed', async ({ folder }) => {
    const at = await place(folder, 'changed-bundle');
    const files = writeArchives(at.archives, LENGTHS);
    await uploadUntil(at, { killAt: 'planned' });
    const [bundle = ''] = stateFiles(at.state).filter((name) => name.endsWith('.bundle'));
    const content = readFileSync(join(at.state, bundle));
    const broken = Buffer.from(content);
    broken[70_000] = (broken[70_000] ?? 0) ^ 1;
    writeFileSync(join(at.state, bundle), broken);
    const run = start(program(at, '--once'));
    await until('the refusal', () => run.stderr.includes('BadDigest'));
    expect(digests(present(at.archives, files))).toEqual(digests(files));
    run.kill('SIGTERM');
    await run.ended();
    expect(digests(present(at.archives, files))).toEqual(digests(files));
    writeFileSync(join(at.state, bundle), content);
    expect((await uploadUntil(at)).code).toBe(0);
    await expectStored(at.bucket, files);
  });

  it.concurrent('does not take an archive that is open for writing, and takes it when it is closed', async ({
    folder,
  }) => {
    const at = await place(folder, 'open');
    const files = writeArchives(at.archives, [1000, 2000]);
    const open = { path: archivePath(9), content: Buffer.from('begun') };
    writeArchive(at.archives, open);
    const fd = openSync(join(at.archives, open.path), 'a');
    expect((await uploadUntil(at)).code).toBe(0);
    await expectStored(at.bucket, files);
    expect(digests(present(at.archives, [...files, open]))).toEqual(digests([open]));
    closeSync(fd);
    expect(JSON.parse((await uploadUntil(at)).stdout)).toEqual({ bundles: 1, archives: 1, left: 0 });
    expect(present(at.archives, [open])).toEqual([]);
  });

  it.concurrent('leaves an archive that has changed since it was sealed, and sends it anew', async ({ folder }) => {
    const at = await place(folder, 'changed-member');
    const files = writeArchives(at.archives, LENGTHS);
    await uploadUntil(at, { killAt: 'confirmed' });
    const [first, second, ...others] = files;
    if (first === undefined || second === undefined) throw new Error('expected two archives');
    const changed = { path: first.path, content: Buffer.concat([first.content, Buffer.from('more')]) };
    writeArchive(at.archives, changed);
    rmSync(join(at.archives, second.path));
    // The bundle that is confirmed has what was sealed; the changed archive makes another one.
    const { stdout } = await uploadUntil(at);
    expect(JSON.parse(stdout)).toEqual({ bundles: 2, archives: files.length + 1, left: 0 });
    const bundles = Array.from(await objectsOf(swift.store(at.bucket))).filter(([key]) => key.endsWith('.tar.zst'));
    const stored = await Promise.all(bundles.map(async ([, bundle]) => digests(await untar(bundle))));
    expect(stored.sort((a, b) => a.length - b.length)).toEqual([digests([changed]), digests(files)]);
    expect(present(at.archives, [changed, ...others])).toEqual([]);
  });

  it.concurrent('is the same bundle when the state folder is lost', async ({ folder }) => {
    const at = await place(folder, 'lost-state');
    const files = writeArchives(at.archives, LENGTHS);
    await uploadUntil(at, { killAt: 'confirmed' });
    rmSync(at.state, { recursive: true });
    expect((await uploadUntil(at)).code).toBe(0);
    await expectStored(at.bucket, files);
    expect(present(at.archives, files)).toEqual([]);
  });

  it.concurrent('waits while rights are missing, and goes on when they are there', async ({ folder }) => {
    const at = await place(folder, 'rights');
    const files = writeArchives(at.archives, [5000, 6000]);
    const credentials = join(folder, 'credentials');
    const keys = (id: string, secret: string): string =>
      `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
    writeFileSync(credentials, keys('test:reader', 'reading'));
    const env = { AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_ENDPOINT_URL_S3: swift.endpoint };
    const denied = start(program(at, '--every=100ms', '--age=0s'), env);
    await until('the refusal', () => denied.stderr.includes('AccessDenied'));
    expect(digests(present(at.archives, files))).toEqual(digests(files));
    denied.kill('SIGTERM');
    expect(await denied.ended()).toBe(0);
    expect(denied.stderr).not.toContain('reading');
    writeFileSync(credentials, keys('test:tester', 'testing'));
    const allowed = start(program(at, '--once'), env);
    expect(await allowed.ended()).toBe(0);
    expect(allowed.stderr).not.toContain('testing');
    await expectStored(at.bucket, files);
  });

  it.concurrent('keeps sent archives for a while if asked to, and does not send them twice', async ({ folder }) => {
    const at = await place(folder, 'keep');
    const files = writeArchives(at.archives, [5000, 6000]);
    const keep = start(program(at, '--once', '--keep-local=2h'));
    expect(await keep.ended()).toBe(0);
    await expectStored(at.bucket, files);
    expect(digests(present(at.archives, files))).toEqual(digests(files));
    const again = start(program(at, '--once', '--keep-local=2h'));
    expect(await again.ended()).toBe(0);
    expect(again.stderr).toContain('bundles=0');
    // They were changed an hour ago.
    const later = start(program(at, '--once', '--keep-local=30m'));
    expect(await later.ended()).toBe(0);
    expect(present(at.archives, files)).toEqual([]);
    expect(stateFiles(at.state)).toEqual([]);
  });

  it.concurrent('refuses a second upload with the same state folder', async ({ folder }) => {
    const at = await place(folder, 'second');
    const first = start(program(at, '--prom=127.0.0.1:0'));
    await until('the first upload', () => first.stderr.includes('msg=metrics'));
    const second = start(program(at, '--once'));
    expect(await second.ended()).toBe(1);
    expect(second.stderr).toBe(`tcp-info upload: state folder ${at.state}: another upload uses it\n`);
    first.kill('SIGTERM');
    expect(await first.ended()).toBe(0);
  });

  it.concurrent('shows what it does in its metrics, and names what cannot be read', async ({ folder }) => {
    const at = await place(folder, 'metrics');
    const files = writeArchives(at.archives, LENGTHS);
    const fd = openSync(join(at.archives, archivePath(99)), 'a');
    const run = start(program(at, '--prom=127.0.0.1:0', '--every=100ms', '--age=0s'));
    const port = await until('the port', () => /msg=metrics port=(\d+)/.exec(run.stderr)?.[1]);
    const page = async (path = 'metrics'): Promise<string> =>
      await (await fetch(`http://127.0.0.1:${port}/${path}`)).text();
    const text = await until('deletions', async () => {
      const shown = await page();
      return shown.includes(`tcpinfo_upload_deleted_files_total ${files.length}\n`) && shown;
    });
    expect(text).toContain('tcpinfo_upload_bundles_total{result="confirmed"} 1\n');
    expect(text).toContain('tcpinfo_upload_bundles_total{result="failed"} 0\n');
    expect(text).toContain(`tcpinfo_upload_archives_total ${files.length}\n`);
    expect(text).toContain('tcpinfo_upload_open_files_skipped 1\n');
    expect(text).toContain('tcpinfo_upload_errors_total{class="denied",operation="put"} 0\n');
    expect(await page('healthz')).toContain('ok');
    run.kill('SIGTERM');
    expect(await run.ended()).toBe(0);
    closeSync(fd);
    expect(present(at.archives, files)).toEqual([]);
  });

  it.concurrent('sends a bundle in M-Lab format that zcat and tar read', async ({ folder }) => {
    const at = await place(folder, 'mlab');
    const files = writeArchives(at.archives, LENGTHS);
    const mlab = ['--format=tgz', '--layout=mlab', '--experiment=ndt', '--node=mlab4-ord01'];
    const run = start(program(at, '--once', ...mlab));
    expect(await run.ended()).toBe(0);
    const objects = Array.from(await objectsOf(swift.store(at.bucket)));
    const [[key, bundle] = ['', Buffer.alloc(0)]] = objects;
    expect(objects).toHaveLength(1);
    expect(key).toMatch(/^p\/ndt\/tcpinfo\/2026\/11\/28\/\d{8}T\d{6}\.\d{6}Z-tcpinfo-mlab4-ord01-ndt\.tgz$/);
    writeFileSync(join(folder, 'bundle.tgz'), bundle);
    const out = join(folder, 'out');
    mkdirSync(out);
    const tar = new Run(['tar', 'xzf', join(folder, 'bundle.tgz'), '-C', out], {});
    expect(await tar.ended()).toBe(0);
    expect(digests(present(out, files))).toEqual(digests(files));
  });

  it.concurrent('prints what it would send, and changes nothing', async ({ folder }) => {
    const at = await place(folder, 'dry');
    const files = writeArchives(at.archives, [100, 200]);
    const run = start(program(at, '--dry-run'));
    expect(await run.ended()).toBe(0);
    expect(run.stdout).toMatch(
      /^s3:\/\/dry\/p\/2026\/11\/28\/node-[0-9a-f]{16}\.tar\.zst: 2 archives, 300 bytes\ntotal: 1 bundles, 2 archives; 0 wait for more, 0 are open\n$/,
    );
    expect(digests(present(at.archives, files))).toEqual(digests(files));
    expect(existsSync(at.state)).toBe(false);
    expect(Array.from((await objectsOf(swift.store('dry'))).keys())).toEqual([]);
  });
});

/** A program that a test starts, with its output. */
class Run {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  stdout = '';
  stderr = '';
  code: number | null = null;
  signal: NodeJS.Signals | null = null;

  constructor([file = '', ...args]: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(file, args, { env: { ...programEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#closed = once(this.#child, 'close').then(([code, signal]) => {
      this.code = code as number | null;
      this.signal = signal as NodeJS.Signals | null;
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for the end, and returns the exit code. */
  async ended(): Promise<number | null> {
    await within('the end of a program', this.#closed, 60_000);
    return this.code;
  }
}
