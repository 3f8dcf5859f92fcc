import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentName } from '../cmd/flags/go-args.js';
import { FLAGS, type FlagDefinition } from '../cmd/tcp-info/flags.js';
import { CHECKS } from '../doctor/checks/index.js';
import { DERIVED_COLUMNS, EVENT_FIELDS, SNAPSHOT_COLUMNS, THINNING_COLUMNS } from '../export/index.js';
import { createForwardMetrics, createMetrics, createUploadMetrics } from '../metrics/index.js';
import { CONFIG_KEYS, type ConfigKey } from '../services/config/index.js';

const ROOT = join(import.meta.dirname, '..');

/** Compares the text between two marks of a document with the generated one; writes it with UPDATE_GOLDEN=1. */
function expectSection(document: string, mark: string, content: string): void {
  const path = join(ROOT, document);
  const text = readFileSync(path, 'utf8');
  const [open, close] = [`<!-- ${mark} -->\n`, `<!-- /${mark} -->`];
  const start = text.indexOf(open) + open.length;
  const end = text.indexOf(close);
  expect(start, `${document} has the mark ${mark}`).toBeGreaterThan(open.length - 1);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(path, text.slice(0, start) + content + text.slice(end));
  } else {
    expect(text.slice(start, end), `${document} is out of date: UPDATE_GOLDEN=1 npx vitest run test/docs.test.ts`).toBe(
      content,
    );
  }
}

const PAGES = readdirSync(join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...PAGES];

/** Returns the layers that `npm run layers` checks: each folder, and what it may import. */
function layers(): readonly { readonly folder: string; readonly below: string }[] {
  const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
    readonly forbidden: readonly { readonly name: string; readonly comment: string }[];
  };
  return forbidden.flatMap(({ comment }) => {
    const [, folder, below] = /^(\S+)\/ may import only: (.*)$/.exec(comment) ?? [];
    return folder === undefined || below === undefined ? [] : [{ folder, below }];
  });
}

/** Returns a document without blocks of code, which contain no headings or links. */
function prose(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8').replace(/^( *)```.*?^\1```$/gms, '');
}

/** Returns the fragments of its headings, by GitHub's rule. */
function anchors(document: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, heading = ''] of prose(document).matchAll(/^#{1,6} (.*)$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    let unique = slug;
    for (let n = 1; found.has(unique); n++) unique = `${slug}-${n}`;
    found.add(unique);
  }
  return found;
}

/** Returns the links within the repository: the path from its root, and the fragment if there is one. */
function links(
  document: string,
): readonly { readonly target: string; readonly path: string; readonly anchor?: string }[] {
  const text = prose(document).replace(/`[^`\n]*`/g, 'code');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? document : relative(ROOT, join(ROOT, dirname(document), file));
    return [anchor === undefined ? { target, path } : { target, path, anchor }];
  });
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Returns name and version of each package that is installed with this one, without builds for single platforms. */
function installedPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<
      Record<string, { readonly version: string; readonly dev?: boolean; readonly os?: unknown }>
    >;
  };
  return Object.entries(packages)
    .filter(([path, { dev = false, os }]) => path !== '' && !dev && os === undefined)
    .map(([path, { version }]) => `\`${path.replace(/^.*node_modules\//, '')}\` ${version}`);
}

describe('documents', () => {
  it('have each installed package with its version', () => {
    const security = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
    const [, table = ''] = /^## Dependencies\n(.*?)^### /ms.exec(security) ?? [];
    const named = [...table.matchAll(/`[^`]+` \d[^\s,]*/g)].map(([text]) => text);
    expect(named.toSorted()).toEqual(installedPackages().toSorted());
  });

  it('have the current flags', () => {
    const rows = (FLAGS as readonly FlagDefinition[]).map(({ name, placeholder, fallback, help }) => {
      const value = placeholder === undefined ? '' : ` ${cell(placeholder)}`;
      return `| \`-${name}${value}\` | ${fallback === '' ? '' : `\`${fallback}\``} | \`${environmentName(name)}\` | ${cell(help)} |`;
    });
    expectSection(
      'docs/flags.md',
      'flags',
      ['| flag | default | environment | meaning |', '|---|---|---|---|', ...rows, ''].join('\n'),
    );
  });

  it('have the current keys of services', () => {
    const keys = Object.entries(CONFIG_KEYS) as [string, ConfigKey<unknown>][];
    const rows = keys.map(
      ([name, { meaning, otherwise = '', only }]) =>
        `| \`${name}\` | ${cell(otherwise)} | ${cell(meaning)}${only === undefined ? '' : ` (${only} only)`} |`,
    );
    expectSection(
      'docs/services.md',
      'service-keys',
      ['| key | default | meaning |', '|---|---|---|', ...rows, ''].join('\n'),
    );
  });

  it('have the current metrics', async () => {
    const { registry } = createMetrics({
      version: 'test',
      processMetrics: false,
      live: true,
      processes: true,
      conntrack: true,
      services: true,
      alerts: true,
      recording: true,
      exchanges: { portGroups: ['other'], hosts: ['www.example.com'] },
    });
    const families = await registry.getMetricsAsJSON();
    const rows = families
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, type, help, values }) => {
        // prom-client keeps them on the metric, but its types omit them.
        const { labelNames } = registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] };
        const labels = labelNames
          .filter((label) => label !== 'le')
          .map((label) => {
            const known = new Set(values.flatMap(({ labels }) => (labels as Record<string, unknown>)[label] ?? []));
            // Label values that depend on the machine are not listed.
            const list = name === 'tcpinfo_build_info' || name === 'git_short_commit' ? [] : [...known].map(String);
            return `\`${label}\`${list.length === 0 ? '' : `: ${list.join(', ')}`}`;
          });
        return `| \`${name}\` | ${String(type)} | ${labels.join('; ')} | ${cell(help)} |`;
      });
    expectSection(
      'docs/metrics.md',
      'metrics',
      ['| name | type | labels | meaning |', '|---|---|---|---|', ...rows, ''].join('\n'),
    );
  });

  it('have the current metrics of services', async () => {
    const { registry } = createForwardMetrics({ version: 'test', look: () => [] });
    const families = (await registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith('tcpinfo_service_'));
    const rows = families
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, type, help }) => {
        const { labelNames } = registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] };
        const labels = labelNames.filter((label) => label !== 'le').map((label) => `\`${label}\``);
        return `| \`${name}\` | ${String(type)} | ${labels.join(', ')} | ${cell(help)} |`;
      });
    expectSection(
      'docs/services.md',
      'service-metrics',
      ['| name | type | labels | meaning |', '|---|---|---|---|', ...rows, ''].join('\n'),
    );
  });

  it('have the current metrics of uploads', async () => {
    const errors = { operations: [], classes: [] };
    const { registry } = createUploadMetrics({ version: 'test', errors, oldestSeconds: () => 0 });
    const families = (await registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith('tcpinfo_upload_'));
    const rows = families
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, type, help }) => {
        const { labelNames } = registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] };
        const labels = labelNames.map((label) => `\`${label}\``);
        return `| \`${name}\` | ${String(type)} | ${labels.join(', ')} | ${cell(help)} |`;
      });
    expectSection(
      'docs/upload.md',
      'upload-metrics',
      ['| name | type | labels | meaning |', '|---|---|---|---|', ...rows, ''].join('\n'),
    );
  });

  it('have the current columns', () => {
    const rows = [...SNAPSHOT_COLUMNS, ...THINNING_COLUMNS, ...DERIVED_COLUMNS].map(
      ({ name, group, type, unit = '', since = '', description }) =>
        `| \`${name}\` | ${group} | ${type} | ${unit} | ${since} | ${cell(description)} |`,
    );
    expectSection(
      'docs/columns.md',
      'columns',
      ['| column | group | type | unit | since | meaning |', '|---|---|---|---|---|---|', ...rows, ''].join('\n'),
    );
  });

  it('have the fields whose change is an event', () => {
    expectSection('docs/columns.md', 'events', `${EVENT_FIELDS.map((name) => `\`${name}\``).join(', ')}\n`);
  });

  it('have the current checks of the doctor', () => {
    const rows = CHECKS.map(
      ({ name, tells, warns = '', fails = '', remedy = '' }) =>
        `| \`${name}\` | ${cell(tells)} | ${cell(warns)} | ${cell(fails)} | ${cell(remedy)} |`,
    );
    expectSection(
      'docs/doctor.md',
      'checks',
      ['| check | tells | warns when | fails when | what helps |', '|---|---|---|---|---|', ...rows, ''].join('\n'),
    );
  });

  it('have the layers that are checked', () => {
    const rows = layers().map(({ folder, below }) => `| \`${folder}/\` | ${below} |`);
    expect(rows.length).toBeGreaterThan(25);
    expectSection(
      'docs/architecture.md',
      'layers',
      ['', '| folder | may import |', '|---|---|', ...rows, '', ''].join('\n'),
    );
  });

  it('describe every folder once', () => {
    const table = [...readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8').matchAll(/^\| `([\w./]+)\/` \| (.*) \|$/gm)];
    const described = table.map(([, folder = '']) => folder);
    expect(described).toEqual([...new Set(described)]);
    const rooms = layers().map(({ folder }) => folder);
    expect([...rooms.filter((room) => !room.includes('/')), 'cmd'].filter((room) => !described.includes(room))).toEqual(
      [],
    );
    const cells = table.map(([, folder = '', holds = '']) => `${folder}/ ${holds}`).join('\n');
    expect(rooms.filter((room) => room.includes('/') && !cells.includes(`\`${room}/\``))).toEqual([]);
  });

  it('describe the two commands in one line each', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    for (const mark of ['run-command', 'test-command']) {
      expect(readme).toMatch(new RegExp(`<!-- ${mark} -->\\n\`\`\`sh\\n[^\\n]+\\n\`\`\`\\n<!-- /${mark} -->`));
    }
  });

  it.each(DOCUMENTS)('%s has no dead link', (document) => {
    const broken = links(document).filter(({ path, anchor }) => {
      if (path.startsWith('..') || !existsSync(join(ROOT, path))) return true;
      if (anchor === undefined) return false;
      return statSync(join(ROOT, path)).isDirectory() || !path.endsWith('.md') || !anchors(path).has(anchor);
    });
    expect(broken.map(({ target }) => target)).toEqual([]);
  });

  it('name files that exist, where they lead through the code', () => {
    const named = [
      ...prose('docs/architecture.md').matchAll(/`([\w.-]+(?:\/[\w.-]+)+\.(?:ts|mjs|cc|h|py|sh|yml|json|md))`/g),
    ];
    expect(named.length).toBeGreaterThan(80);
    expect(named.map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('are all linked from docs/index.md, which the README links', () => {
    const linked = new Set(links('docs/index.md').map(({ path }) => path));
    expect(PAGES.length).toBeGreaterThan(20);
    expect(PAGES.filter((path) => path !== 'docs/index.md' && !linked.has(path))).toEqual([]);
    expect(links('README.md').map(({ path }) => path)).toContain('docs/index.md');
  });

  it('are parsed with their links and anchors', () => {
    const found = links('docs/index.md');
    const alerts = { target: 'troubleshooting.md#alerts', path: 'docs/troubleshooting.md', anchor: 'alerts' };
    expect(found).toContainEqual(alerts);
    expect(found.length).toBeGreaterThan(30);
    expect(anchors('docs/troubleshooting.md')).toContain('tcpinfodown');
    expect(anchors('README.md')).not.toContain('no-such-heading');
  });
});
