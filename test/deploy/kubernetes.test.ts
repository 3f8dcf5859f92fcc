import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { skipped } from '../support/programs.js';
import {
  build,
  KUSTOMIZATIONS,
  type Kustomization,
  type Manifest,
  NAMES,
  parseManifests,
  RENDERED,
  renderedHeader,
} from './manifests.js';
import { containersOf, type Expected, isCollector, podOf, podProblems } from './pods.js';
import { schemaProblems, valueProblems } from './schema.js';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string;
};

const PREPARE = ['CHOWN', 'DAC_READ_SEARCH'];
const EXPECTED: Readonly<Record<Kustomization, Expected['capabilities']>> = {
  'base/daemonset': { prepare: PREPARE },
  'overlays/service-monitor': { prepare: PREPARE },
  'overlays/net-admin': { prepare: PREPARE, 'tcp-info': ['NET_ADMIN'] },
  'overlays/http': { prepare: PREPARE, 'tcp-info': ['NET_RAW'] },
  'overlays/stream': { prepare: PREPARE },
  'overlays/recorder': { prepare: PREPARE },
  'overlays/all-namespaces': { prepare: PREPARE, 'tcp-info': ['SYS_ADMIN', 'SYS_PTRACE', 'NET_ADMIN'] },
  'examples/sidecar': {},
  'examples/sidecar-plain': {},
};

function rendered(name: Kustomization): string {
  return join(RENDERED, KUSTOMIZATIONS[name]);
}

function objectsOf(name: Kustomization): Manifest[] {
  return parseManifests(readFileSync(rendered(name), 'utf8'));
}

/** Returns the objects after one replacement in their YAML. */
function replaced(name: Kustomization, from: string | RegExp, to: string): Manifest[] {
  const text = readFileSync(rendered(name), 'utf8');
  const changed = text.replace(from, to);
  expect(changed, `${name} has ${from}`).not.toBe(text);
  return parseManifests(changed);
}

function problemsOf(name: Kustomization, objects: readonly Manifest[]): string[] {
  const expected = { tag: `v${version}`, capabilities: EXPECTED[name] };
  return objects.flatMap((object) => {
    const pod = podOf(object);
    return pod === undefined ? [] : podProblems(pod, expected);
  });
}

describe('kustomizations', () => {
  it.each(NAMES)('%s builds without warnings to the rendered file', (name) => {
    const built = build(name);
    if (built.kind === 'no kustomize') return skipped(`building ${name}`, built.why);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(rendered(name), renderedHeader(name) + built.text);
    expect(objectsOf(name)).toEqual(parseManifests(built.text));
  });

  it.each(NAMES)('%s is rendered from the current sources', (name) => {
    expect(readFileSync(rendered(name), 'utf8').startsWith(renderedHeader(name)), 'UPDATE_GOLDEN=1 with kubectl').toBe(
      true,
    );
  });
});

describe('Kubernetes objects', () => {
  const all = (): Manifest[] => NAMES.flatMap(objectsOf);

  it("have only fields of the API's schema, with the right types", () => {
    expect(schemaProblems(all())).toEqual([]);
  });

  it("have values that the API's schema allows", async () => {
    expect(await valueProblems(all())).toEqual([]);
  });

  it('are rejected if misspelt, of another type, missing, impossible or unknown', async () => {
    const wrong = [
      ...replaced('base/daemonset', 'readOnlyRootFilesystem: true', 'readonlyRootFilesystem: true'),
      ...replaced('base/daemonset', 'hostNetwork: true', 'hostNetwork: "yes"'),
      ...replaced('base/daemonset', 'fieldPath: spec.nodeName', 'apiVersion: v1'),
      ...replaced('base/daemonset', 'dnsPolicy: Default', 'dnsPolicy: default'),
      ...replaced('overlays/service-monitor', 'targetLabel: node', 'targetlabel: node'),
    ];
    const problems = schemaProblems(wrong).join('\n');
    expect(problems).toContain(`'"readonlyRootFilesystem"' does not exist in type`);
    expect(problems).toContain("Type 'string' is not assignable to type 'boolean | undefined'");
    expect(problems).toContain(`Property '"fieldPath"' is missing`);
    expect(problems).toContain('"default"');
    expect(problems).toMatch(/ServiceMonitor tcp-info: .*"targetlabel"' does not exist/);
    expect(schemaProblems(replaced('base/daemonset', 'kind: DaemonSet', 'kind: DemonSet'))).toEqual([
      'DemonSet tcp-info: no schema for apps/v1 DemonSet',
    ]);
    const values = replaced('overlays/service-monitor', 'interval: 15s', 'interval: 15sec');
    expect((await valueProblems(values)).join()).toMatch(/ServiceMonitor tcp-info: .*interval/);
  });
});

describe('pods', () => {
  it.each(NAMES)('of %s are consistent: flags, mounts, ports, probes, images, rights', (name) => {
    const objects = objectsOf(name);
    expect(problemsOf(name, objects)).toEqual([]);
    // The check above covered one collector.
    const collectors = objects.flatMap((object) =>
      containersOf(podOf(object) ?? { containers: [] }).filter(isCollector),
    );
    expect(collectors).toHaveLength(1);
  });

  it.each([
    ['an unknown flag', '-archive.max-size=', '-archive.maxsize=', /-archive\.maxsize: no such flag/],
    ['an invalid value', '=10GiB', '=10', /-archive\.max-size=10: expected/],
    ['an address of one family only', '=[$(POD_IP)]:', '=$(POD_IP):', /listen-address=2001:db8::1:9990/],
    ['an undefined variable', '$(POD_IP)', '$(POD_IPS)', /has a variable that is not in env/],
    ['a missing volume', /name: data\n( +)- mountPath/, 'name: date\n$1- mountPath', /there is no volume date/],
    ['a port without a listener', 'containerPort: 9990', 'containerPort: 9991', /port 9990 is not named/],
    ['a probe of another page', 'path: /healthz', 'path: /health', /nothing answers the probe of \/health$/],
    ['another version of the image', 'tcp-info:v', 'tcp-info:w', /is not v/],
    ['no version of the image', /tcp-info:v\S+/, 'tcp-info', /names no version/],
    ['a read-only output', /(name: data)\n/, '$1\n          readOnly: true\n', /tcp-info cannot be written/],
    ['an undeclared capability', 'drop:', 'add: [SYS_ADMIN]\n            drop:', /adds the capabilities \[SYS_ADMIN\]/],
    ['capabilities that are not dropped', /drop:\n +- ALL/, 'drop: [CHOWN]', /does not drop all capabilities/],
    ['root', /runAsUser: 65534/, 'runAsUser: 0', /is root and must not be root/],
    ['no seccomp profile', 'type: RuntimeDefault', 'type: Unconfined', /has no seccomp profile/],
  ] as const)('with %s are rejected', (_, from, to, problem) => {
    const name = 'base/daemonset';
    expect(problemsOf(name, replaced(name, from, to)).join('\n')).toMatch(new RegExp(problem, 'm'));
  });

  it('whose archives outgrow their volume are rejected', () => {
    const name = 'examples/sidecar';
    expect(problemsOf(name, replaced(name, 'max-size=4GiB', 'max-size=5GiB'))).toEqual([
      'tcp-info: archives outgrow their volume',
    ]);
  });

  it.each([
    'examples/sidecar',
    'examples/sidecar-plain',
  ] as const)('of %s run the UUID prefix step first, and keep the first container', (name) => {
    const pods = objectsOf(name).flatMap((object) => podOf(object) ?? []);
    expect(pods.map(({ containers }) => containers[0]?.name)).toEqual(['experiment']);
    expect(pods.map(({ initContainers }) => initContainers?.[0]?.name)).toEqual(['tcp-info-uuid-prefix']);
  });

  it('of the service monitor match its Service, which it scrapes by port name', () => {
    const objects = objectsOf('overlays/service-monitor') as unknown as Readonly<Record<string, never>>[];
    const one = (kind: string): never => objects.find((object) => object['kind'] === kind) as never;
    const set: { spec: { selector: { matchLabels: object }; template: { metadata: { labels: object } } } } =
      one('DaemonSet');
    const service: {
      metadata: { labels: object };
      spec: { selector: object; ports: { name: string; targetPort: string }[] };
    } = one('Service');
    const monitor: { spec: { selector: { matchLabels: object }; endpoints: { port: string }[] } } =
      one('ServiceMonitor');
    expect(set.spec.template.metadata.labels).toMatchObject(set.spec.selector.matchLabels);
    expect(set.spec.template.metadata.labels).toMatchObject(service.spec.selector);
    expect(service.metadata.labels).toMatchObject(monitor.spec.selector.matchLabels);
    expect(service.spec.ports.map(({ name }) => name)).toEqual(monitor.spec.endpoints.map(({ port }) => port));
    const pod = podOf(one('DaemonSet'));
    const ports = pod?.containers.flatMap((container) => container.ports ?? []).map(({ name }) => name);
    expect(ports).toEqual(service.spec.ports.map(({ targetPort }) => targetPort));
  });
});
