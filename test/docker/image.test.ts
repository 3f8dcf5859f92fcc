import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { Container, GIT_COMMIT, IMAGE, ROOT, runToEnd, VERSION } from './container.js';
import { output } from './programs.js';
import { baseImages } from './stand-in.js';

const FILES_AT_MOST_MB = 180;

describe.skipIf(inject('skipReason') !== '')('the image', () => {
  const files = (): string[] => {
    using container = new Container(output('docker', 'create', IMAGE));
    return output('sh', '-c', 'docker export "$0" | tar --list', container.id).split('\n');
  };

  it('starts the collector, and works in /home', () => {
    const config = JSON.parse(output('docker', 'image', 'inspect', '--format', '{{json .Config}}', IMAGE));
    expect(config).toMatchObject({ Entrypoint: ['/bin/tcp-info'], WorkingDir: '/home' });
    // Runs as root, which can write to ~/data although another user may own it.
    expect(config.User ?? '').toBe('');
  });

  it('has labels with version, commit and licence', () => {
    const labels = JSON.parse(output('docker', 'image', 'inspect', '--format', '{{json .Config.Labels}}', IMAGE));
    expect(labels).toMatchObject({
      'org.opencontainers.image.version': VERSION,
      'org.opencontainers.image.revision': GIT_COMMIT,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
  });

  it('contains the programs taken from others, and their licences', () => {
    const all = new Set(files());
    const wanted = ['usr/bin/tcp-info', 'usr/bin/csvtool', 'usr/bin/example-eventsocket-client', 'usr/bin/zstd'];
    const licences = ['licences/zstd/copyright', 'licences/node/LICENSE', 'licences/tcp-info/LICENSE'];
    for (const file of [...wanted, ...licences]) expect(all).toContain(file);
  });

  it('contains no shell, compiler, package manager or DuckDB', () => {
    const unwanted =
      /(^|\/)(sh|bash|dash|busybox|g\+\+|gcc|cc|ld|make|python3?|npm|npx|corepack|apt|dpkg|perl)$|@duckdb/;
    expect(files().filter((file) => unwanted.test(file))).toEqual([]);
  });

  it('contains no setuid or setgid program', () => {
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

  it('rejects an unknown flag with exit code 2', () => {
    const { code, stderr } = runToEnd(IMAGE, '-promm=7070');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'tcp-info: -promm: no such flag; did you mean -prom? (see --help)\n',
    });
  });

  it('reports for a query that it was built without DuckDB, and how to build it with DuckDB', () => {
    const { code, stderr } = runToEnd(IMAGE, 'query', 'SELECT 1', '/home');
    expect(code).toBe(1);
    expect(stderr).toContain('--build-arg WITH_QUERY=1');
  });

  it('exits with 1 and a message when the data folder is not writable', () => {
    const { code, stderr } = runToEnd('--network=none', '--user=65534', IMAGE);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'tcp-info: output folder /home cannot be used: permission denied (EACCES)\n',
    });
  });

  it('provides the collector to another image by two COPY lines', () => {
    const dockerfile = readFileSync(join(ROOT, 'docs/container.md'), 'utf8').match(/^COPY --from=\S+ .*$/gm) ?? [];
    expect(dockerfile).toHaveLength(2);
    const [base = ''] = baseImages(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
    const lines = [`FROM ${base}`, ...dockerfile, 'RUN ["/bin/tcp-info", "--version"]', ''];
    const image = 'tcp-info-test-copy';
    execFileSync('docker', ['build', '--quiet', '--tag', image, '-'], {
      input: lines.join('\n'),
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    try {
      const { code, stderr } = runToEnd('--network=none', '--entrypoint=/bin/tcp-info', image, '-reps=1');
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('msg="first scan"') });
    } finally {
      execFileSync('docker', ['rmi', '--force', image], { stdio: 'ignore' });
    }
  });
});

describe.skipIf(inject('skipReason') !== '')('the health check', () => {
  const check = '/usr/lib/tcp-info/bin/healthcheck';
  const confined = ['--read-only', '--cap-drop=ALL', '--user=65534', '--tmpfs=/tmp'];

  it.each([
    ['a flag', ['--network=none', ...confined, IMAGE, '-output=/tmp', '-prom=7171']],
    [
      'an address',
      ['--network=none', ...confined, IMAGE, '-output=/tmp', '-prometheusx.listen-address', '127.0.0.2:7172'],
    ],
    [
      'the environment',
      ['--network=none', ...confined, '-e', 'PROMETHEUSX_LISTEN_ADDRESS=:7173', IMAGE, '-output=/tmp'],
    ],
    ['the kernel', ['--network=none', IMAGE, '-prom=127.0.0.1:0']],
    ["the kernel, among the host's processes", ['--network=host', '--pid=host', IMAGE, '-prom=127.0.0.1:0']],
  ])('finds the port chosen by %s', async (_, words) => {
    using container = Container.start(...words);
    await container.logged(/msg="first scan"/);
    expect(container.exec(check)).toEqual({ code: 0, stdout: 'ok\n', stderr: '' });
  });

  it('fails without a listener', async () => {
    const words = ['--network=none', '--entrypoint=/bin/zstd', '--interactive', IMAGE, '-c'];
    using container = Container.start(...words);
    expect(container.exec(check)).toMatchObject({ code: 1, stdout: expect.stringContaining('no process') });
  });

  it('fails within its timeout when the collector hangs', async () => {
    using container = Container.start('--network=none', IMAGE);
    await container.logged(/msg="first scan"/);
    const { pid } = container;
    process.kill(pid, 'SIGSTOP');
    try {
      expect(container.exec(check, '1')).toMatchObject({ code: 1, stdout: 'no answer in time\n' });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });
});
