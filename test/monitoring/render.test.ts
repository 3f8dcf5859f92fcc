import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { havePrograms } from '../support/programs.js';
import { type Alert, alerts, PROMETHEUS, type Recording, yamlFiles } from './rules.js';

const PAGE = 'https://docs.example.org/tcp-info/troubleshooting.md';

interface Groups {
  readonly groups: readonly { readonly name: string; readonly rules: readonly (Alert | Recording)[] }[];
}

function render(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [`${PROMETHEUS}/render.mjs`, ...args], { encoding: 'utf8' });
}

/** Returns the rules in their files. */
function unrendered(): Groups['groups'] {
  const byName = yamlFiles('rules').map((path) => (parse(readFileSync(path, 'utf8')) as Groups).groups);
  return byName.flat().sort((a, b) => a.name.localeCompare(b.name));
}

describe('render.mjs', () => {
  it('prints all rules unchanged, recordings before the alerts that read them', () => {
    const { stdout, status } = render();
    expect(status).toBe(0);
    const { groups } = parse(stdout) as Groups;
    expect([...groups].sort((a, b) => a.name.localeCompare(b.name))).toEqual(unrendered());
    const isRecording = groups.map(({ name }) => name.endsWith('.recording'));
    expect(isRecording.lastIndexOf(true)).toBeLessThan(isRecording.indexOf(false));
  });

  it('links each alert to its section of the given page', () => {
    const { groups } = parse(render(`--runbook=${PAGE}`).stdout) as Groups;
    const rendered = groups.flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule));
    expect(rendered).toHaveLength(alerts().length);
    for (const { alert, annotations } of rendered) {
      expect(annotations['runbook_url']).toBe(`${PAGE}#${alert.toLowerCase()}`);
      expect(annotations['runbook']).toBe(`docs/troubleshooting.md#${alert.toLowerCase()}`);
    }
  });

  it('prints an object of the Prometheus operator with the same rules', () => {
    const object = parse(render(`--runbook=${PAGE}`, '--kubernetes').stdout) as { spec: Groups; kind: string };
    expect(object).toMatchObject({ apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule' });
    expect(object.spec).toEqual(parse(render(`--runbook=${PAGE}`).stdout));
  });

  it.for([
    '--runbook=docs/troubleshooting.md',
    '--runbook=https://a#b',
    '--runbook',
    '--other',
  ])('rejects %s', (flag) => {
    const { status, stdout, stderr } = render(flag);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^render\.mjs: .*--(runbook|other).*\n$/);
  });

  it.skipIf(!havePrograms('rendered rules', 'promtool'))('prints rules that promtool accepts', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tcp-info-rendered-'));
    try {
      const path = join(folder, 'tcp-info.rules.yml');
      writeFileSync(path, render(`--runbook=${PAGE}`).stdout);
      const checked = spawnSync('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', path], {
        encoding: 'utf8',
      });
      expect(checked.status, checked.stdout + checked.stderr).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
