import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { normalizeGoArgs } from '../../cmd/flags/go-args.js';
import { resolveConfig } from '../../cmd/tcp-info/config.js';
import { FLAGS } from '../../cmd/tcp-info/flags.js';
import { checkFolders } from '../../cmd/tcp-info/recorder-config.js';
import { tempFolder } from '../support/temp.js';

const resolve = (args: string[] = [], environment: Record<string, string> = {}) =>
  resolveConfig(normalizeGoArgs(args, FLAGS), environment, '/run/here');
const ON = ['-recorder=60s', '-recorder.output=/var/recordings'];

describe('flags of the flight recorder', () => {
  it('leave it off by default, and archives on', () => {
    expect(resolve().recorder).toBeUndefined();
    expect(resolve(['-recorder=']).recorder).toBeUndefined();
    expect(resolve().writesArchives).toBe(true);
  });

  it('have defaults for everything but time and folder', () => {
    expect(resolve(ON).recorder).toEqual({
      keepMs: 60_000,
      maxMemoryBytes: 64 * 2 ** 20,
      output: '/var/recordings',
      keepRecordingsMs: 7 * 86_400_000,
      maxDiskBytes: 2 ** 30,
    });
  });

  it('set everything', () => {
    const limits = ['-recorder.max-size=1MiB', '-recorder.keep=1h', '-recorder.max-disk=2MiB'];
    expect(resolve(['-output=data', '-recorder=1s', '-recorder.output=saved', ...limits]).recorder).toEqual({
      ...{ keepMs: 1000, maxMemoryBytes: 2 ** 20, output: '/run/here/saved', keepRecordingsMs: 3_600_000 },
      maxDiskBytes: 2 * 2 ** 20,
    });
    expect(resolve([], { RECORDER: '5m', RECORDER_OUTPUT: '/saved' }).recorder?.keepMs).toBe(300_000);
  });

  it.each([
    [['-recorder=60s'], '-recorder=60s: no folder for recordings: give -recorder.output'],
    [['-recorder.output=/a'], '-recorder.output=/a: there is no recorder: give -recorder, such as -recorder=60s'],
    [['-recorder.keep=1d'], 'there is no recorder'],
    [[...ON, '-recorder=0s'], 'expected a duration from 1s to 1h, such as 60s'],
    [[...ON, '-recorder=2h'], 'expected a duration from 1s to 1h, such as 60s'],
    [[...ON, '-recorder.max-size=1KiB'], 'expected a size of at least 1MiB, such as 64MiB'],
    [[...ON, '-recorder.max-disk=many'], 'expected a size of at least 1MiB, such as 1GiB'],
    [[...ON, '-recorder.keep=5m'], 'expected a duration of at least 1h, such as 7d'],
    [['-recorder=60s', '-recorder.output=a\0b'], 'a path cannot hold a NUL byte'],
  ])('are refused with a sentence: %j', (args, message) => {
    expect(() => resolve(args)).toThrow(message);
  });

  it.each([
    ['/data', '/data', 'lies in the folder of archives'],
    ['/data', '/data/recordings', 'lies in the folder of archives'],
    ['/data/archives', '/data', 'holds the folder of archives'],
    ['', 'recordings', 'lies in the folder of archives, /run/here'],
  ])('keep recordings apart from archives: %s and %s', (output, recordings, message) => {
    const flags = ['-recorder=60s', `-recorder.output=${recordings}`, ...(output === '' ? [] : [`-output=${output}`])];
    expect(() => resolve(flags)).toThrow(message);
  });

  it.each([
    ['/data', '/data-recordings'],
    ['/data', '/..recordings'],
    ['/data/archives', '/data/recordings'],
  ])('take folders beside each other: %s and %s', (output, recordings) => {
    expect(resolve([`-output=${output}`, '-recorder=1m', `-recorder.output=${recordings}`]).recorder?.output).toBe(
      recordings,
    );
  });

  it('keep them apart behind links, too', () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'data'));
    symlinkSync(join(folder, 'data'), join(folder, 'link'));
    const { recorder } = resolve([`-output=${folder}/data`, '-recorder=1m', `-recorder.output=${folder}/link/new/one`]);
    expect(() => checkFolders(true, `${folder}/data`, recorder)).toThrow('lies in the folder of archives');
    expect(() => checkFolders(true, `${folder}/other`, recorder)).not.toThrow();
    expect(() => checkFolders(false, `${folder}/data`, recorder)).not.toThrow();
  });
});

describe('-archive.write=false', () => {
  it('takes a recorder, whose folder may be anywhere', () => {
    expect(resolve(['-archive.write=false', '-recorder=60s', '-recorder.output=here'])).toMatchObject({
      ...{ writesArchives: false, recorder: { output: '/run/here/here' } },
    });
  });

  it.each([
    [['-archive.write=false'], 'nothing would be kept: give -recorder and -recorder.output'],
    [['-archive.write=false', ...ON, '-output=/data'], '-output=/data: has no effect: no archives are written'],
    [['-archive.write=false', ...ON, '-archive.keep=7d'], 'has no effect'],
    [['-archive.write=false', ...ON, '-http.ports=80', '-http.archive'], 'has no effect'],
    [['-archive.write=false', ...ON, '-trace'], 'has no effect'],
    [['-archive.write=maybe', ...ON], 'expected true or false'],
  ])('is refused where it makes no sense: %j', (args, message) => {
    expect(() => resolve(args)).toThrow(message);
  });

  it('takes variables of units, and what asks for nothing', () => {
    const environment = { OUTPUT: '/data', ARCHIVE_KEEP: '7d' };
    expect(resolve(['-archive.write=false', ...ON, '-trace=false'], environment).writesArchives).toBe(false);
  });
});
