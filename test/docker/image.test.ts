import { describe, expect, inject, it } from 'vitest';
import { Container, GIT_COMMIT, IMAGE, runToEnd, VERSION } from './container.js';
import { output } from './programs.js';

const FILES_AT_MOST_MB = 180;

describe.skipIf(inject('skipReason') !== '')('the image', () => {
  const files = (): string[] => {
    using container = new Container(output('docker', 'create', IMAGE));
    return output('sh', '-c', 'docker export "$0" | tar --list', container.id).split('\n');
  };

  it('begins with the collector, and works in /home', () => {
    const config = JSON.parse(output('docker', 'image', 'inspect', '--format', '{{json .Config}}', IMAGE));
    expect(config).toMatchObject({ Entrypoint: ['/bin/tcp-info'], WorkingDir: '/home' });
    // Whoever made ~/data, root as a rule, it can be written to.
    expect(config.User ?? '').toBe('');
  });

  it('says what it is made of', () => {
    const labels = JSON.parse(output('docker', 'image', 'inspect', '--format', '{{json .Config.Labels}}', IMAGE));
    expect(labels).toMatchObject({
      'org.opencontainers.image.version': VERSION,
      'org.opencontainers.image.revision': GIT_COMMIT,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
  });

  it('has the programs that others take from it, and their licences', () => {
    const all = new Set(files());
    const wanted = ['usr/bin/tcp-info', 'usr/bin/csvtool', 'usr/bin/example-eventsocket-client', 'usr/bin/zstd'];
    const licences = ['licences/zstd/copyright', 'licences/node/LICENSE', 'licences/tcp-info/LICENSE'];
    for (const file of [...wanted, ...licences]) expect(all).toContain(file);
  });

  it('has neither shell, compiler, package manager nor DuckDB', () => {
    const unwanted =
      /(^|\/)(sh|bash|dash|busybox|g\+\+|gcc|cc|ld|make|python3?|npm|npx|corepack|apt|dpkg|perl)$|@duckdb/;
    expect(files().filter((file) => unwanted.test(file))).toEqual([]);
  });

  it('has no program that would change its user', () => {
    using container = new Container(output('docker', 'create', IMAGE));
    const listing = output('sh', '-c', 'docker export "$0" | tar --list --verbose', container.id);
    expect(listing.split('\n').filter((line) => /^-..[sS]|^-.....[sS]/.test(line))).toEqual([]);
  });

  it(`takes less than ${FILES_AT_MOST_MB} MB`, () => {
    const bytes = Number(output('docker', 'image', 'inspect', '--format', '{{.Size}}', IMAGE));
    expect(bytes / 1e6).toBeLessThan(FILES_AT_MOST_MB);
  });

  it.each([
    ['/bin/tcp-info', '--version'],
    ['/bin/csvtool', '-version'],
    ['/bin/example-eventsocket-client', '-version'],
    ['/bin/zstd', '--version'],
  ])('runs %s', (program, flag) => {
    const { code, stdout } = runToEnd(`--entrypoint=${program}`, IMAGE, flag);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/\d+\.\d+\.\d+/) });
  });

  it('refuses a flag that it does not know, with exit code 2', () => {
    const { code, stderr } = runToEnd(IMAGE, '-promm=7070');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'tcp-info: -promm: no such flag; did you mean -prom? (see --help)\n',
    });
  });

  it('says that it was built without DuckDB, and how to build it with', () => {
    const { code, stderr } = runToEnd(IMAGE, 'query', 'SELECT 1', '/home');
    expect(code).toBe(1);
    expect(stderr).toContain('--build-arg WITH_QUERY=1');
  });

  it('ends with 1 and a sentence when the folder for data is not writable', () => {
    const { code, stderr } = runToEnd('--network=none', '--user=65534', IMAGE);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'tcp-info: output folder /home cannot be used: permission denied (EACCES)\n',
    });
  });
});
