import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { ConfigError } from '../../cmd/flags/config-error.js';
import { normalizeGoArgs } from '../../cmd/flags/go-args.js';
import { parseSize } from '../../cmd/flags/values.js';
import { resolveConfig } from '../../cmd/tcp-info/config.js';
import { FLAGS } from '../../cmd/tcp-info/flags.js';
import type { Config } from '../../daemon/config.js';
import type { Manifest } from './manifests.js';

/** Expected properties of a pod. */
export interface Expected {
  /** The only allowed tag of our image. */
  readonly tag: string;
  /** Capabilities that its containers add, by container name. */
  readonly capabilities: Readonly<Record<string, readonly string[]>>;
}

/** Name of our image. */
export const IMAGE = 'measurementlab/tcp-info';

/** Returns the pod of an object that creates pods, or undefined for other objects. Its schema has been checked. */
export function podOf(object: Manifest): IPodSpec | undefined {
  if (object.kind !== 'DaemonSet' && object.kind !== 'Deployment') return undefined;
  return (object as unknown as IDeployment).spec?.template.spec;
}

/** Returns every container of a pod, init containers included. */
export function containersOf(pod: IPodSpec): IContainer[] {
  return [...(pod.initContainers ?? []), ...pod.containers];
}

/** Returns the problems of a pod that its schema cannot detect, one line each. */
export function podProblems(pod: IPodSpec, expected: Expected): string[] {
  const problems = containersOf(pod).flatMap((container) =>
    [
      ...mountProblems(container, pod),
      ...imageProblems(container, expected),
      ...(isOurs(container) ? securityProblems(container, pod, expected) : []),
      ...(isCollector(container) ? collectorProblems(container, pod) : []),
    ].map((problem) => `${container.name}: ${problem}`),
  );
  const mounted = new Set(containersOf(pod).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)));
  const idle = (pod.volumes ?? []).filter(({ name }) => !mounted.has(name));
  return [...problems, ...idle.map(({ name }) => `no container mounts the volume ${name}`)];
}

/** Returns the collector's configuration for its arguments, with `$(NAME)` replaced like by the kubelet. */
export function configOf(container: IContainer, values: Readonly<Record<string, string>>): Config {
  const args = argsOf(container, values);
  return resolveConfig(normalizeGoArgs(args, FLAGS), {}, '/home');
}

/**
 * Returns a container's arguments as the kubelet passes them.
 * @throws ConfigError for a variable that the container lacks
 */
export function argsOf(container: IContainer, values: Readonly<Record<string, string>>): string[] {
  const args = (container.args ?? []).map((arg) =>
    arg.replace(/\$\(([A-Z_]+)\)/g, (whole, name: string) => {
      const isDefined = container.env?.some((variable) => variable.name === name);
      return (isDefined ? values[name] : undefined) ?? whole;
    }),
  );
  const undefinedVariable = args.find((arg) => arg.includes('$('));
  if (undefinedVariable !== undefined) throw new ConfigError(undefinedVariable, 'has a variable that is not in env');
  return args;
}

/** Returns true if the container runs `tcp-info prepare`. */
function isPreparing({ args }: IContainer): boolean {
  return args?.[0] === 'prepare';
}

/** Returns true if the container runs the collector, the entry point of our image. */
export function isCollector(container: IContainer): boolean {
  return isOurs(container) && container.command === undefined && !isPreparing(container);
}

function isOurs({ image }: IContainer): boolean {
  return image?.split(':')[0] === IMAGE;
}

function mountProblems({ volumeMounts = [] }: IContainer, pod: IPodSpec): string[] {
  const volumes = new Set((pod.volumes ?? []).map(({ name }) => name));
  const paths = volumeMounts.map(({ mountPath }) => mountPath);
  return [
    ...volumeMounts.filter(({ name }) => !volumes.has(name)).map(({ name }) => `there is no volume ${name}`),
    ...paths.filter((path, i) => paths.indexOf(path) !== i).map((path) => `two mounts at ${path}`),
  ];
}

function imageProblems({ image = '' }: IContainer, { tag }: Expected): string[] {
  const [name, version] = image.split(':');
  if (version === undefined || version === 'latest') return [`${image} names no version`];
  return name === IMAGE && version !== tag ? [`${image} is not ${tag}`] : [];
}

function securityProblems(container: IContainer, pod: IPodSpec, { capabilities }: Expected): string[] {
  const own = container.securityContext;
  const user = own?.runAsUser ?? pod.securityContext?.runAsUser;
  const mustNotBeRoot = own?.runAsNonRoot ?? pod.securityContext?.runAsNonRoot;
  const added = [...(own?.capabilities?.add ?? [])].sort();
  const allowed = [...(capabilities[container.name] ?? [])].sort();
  const wrong: readonly (readonly [boolean, string])[] = [
    [own?.allowPrivilegeEscalation !== false, 'allowPrivilegeEscalation is not false'],
    [own?.readOnlyRootFilesystem !== true, 'the root file system can be written'],
    [own?.privileged === true, 'is privileged'],
    [own?.capabilities?.drop?.join() !== 'ALL', 'does not drop all capabilities'],
    [added.join() !== allowed.join(), `adds the capabilities [${added}], expected [${allowed}]`],
    [(own?.seccompProfile ?? pod.securityContext?.seccompProfile)?.type !== 'RuntimeDefault', 'has no seccomp profile'],
    // Without ambient capabilities, added ones are effective for root only.
    [added.length > 0 && user !== 0, 'adds capabilities to a user for whom they are not in effect'],
    [added.length === 0 && (mustNotBeRoot !== true || user !== 65534), 'is root without a reason'],
    [user === 0 && mustNotBeRoot !== false, 'is root and must not be root'],
  ];
  return wrong.filter(([isWrong]) => isWrong).map(([, problem]) => problem);
}

function collectorProblems(container: IContainer, pod: IPodSpec): string[] {
  // Both families: a flag that accepts one family only would keep collectors of some clusters from starting.
  const values = ['192.0.2.1', '2001:db8::1'].map((address) => ({ POD_IP: address, NODE_NAME: 'n', POD_NAME: 'p' }));
  try {
    return [...new Set(values.flatMap((value) => flagProblems(container, pod, configOf(container, value))))];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [error.message];
  }
}

function flagProblems(container: IContainer, pod: IPodSpec, config: Config): string[] {
  const { port } = config.metricsAddress;
  const ports = container.ports ?? [];
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
  const probed = probes.flatMap((probe) => (probe?.httpGet === undefined ? [] : [probe.httpGet]));
  const portOf = (name: string | number): number | undefined =>
    typeof name === 'number' ? name : ports.find((each) => each.name === name)?.containerPort;
  const problems: string[] = [];
  if (ports.map(({ containerPort }) => containerPort).join() !== String(port))
    problems.push(`port ${port} is not named`);
  for (const { path, port: name } of probed) {
    if (portOf(name) !== port) problems.push(`the probe of ${path} asks another port than ${port}`);
    if (path !== '/healthz' && path !== '/readyz') problems.push(`nothing answers the probe of ${path}`);
  }
  if (container.livenessProbe?.httpGet?.path !== '/healthz') problems.push('no liveness probe of /healthz');
  if (container.startupProbe?.httpGet?.path !== '/readyz') problems.push('no startup probe of /readyz');
  if (!config.excludedSrcPorts.includes(port)) problems.push('its own scrapes are recorded');
  for (const path of [config.output, config.eventSocket]) {
    if (path !== undefined && !isWritable(path, container)) problems.push(`${path} cannot be written`);
  }
  if (config.uuidPrefixFile === undefined) problems.push('there is no UUID prefix');
  else if (!isMounted(config.uuidPrefixFile, container))
    problems.push(`nothing is mounted for ${config.uuidPrefixFile}`);
  if (container.resources?.limits?.['memory'] === undefined) problems.push('there is no memory limit');
  if (container.resources?.limits?.['cpu'] !== undefined) problems.push('a limit of CPU makes scans late');
  return [...problems, ...sizeProblems(container, pod, config)];
}

/** Checks the size of emptyDir volumes: a pod whose emptyDir outgrows its limit is evicted. */
function sizeProblems(container: IContainer, pod: IPodSpec, config: Config): string[] {
  const mount = container.volumeMounts?.find(({ mountPath }) => mountPath === config.output);
  const limit = pod.volumes?.find(({ name }) => name === mount?.name)?.emptyDir?.sizeLimit;
  const limitBytes = limit === undefined ? undefined : parseSize(`${limit}B`);
  const mostBytes = config.maxArchiveBytes ?? Number.POSITIVE_INFINITY;
  if (config.maxArchiveBytes === undefined) return ['archives fill the disk'];
  return limitBytes !== undefined && mostBytes > limitBytes * 0.9 ? ['archives outgrow their volume'] : [];
}

function isMounted(path: string, { volumeMounts = [] }: IContainer): boolean {
  return volumeMounts.some(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`));
}

function isWritable(path: string, container: IContainer): boolean {
  const writable = (container.volumeMounts ?? []).filter(({ readOnly }) => readOnly !== true);
  return isMounted(path, { ...container, volumeMounts: writable });
}
