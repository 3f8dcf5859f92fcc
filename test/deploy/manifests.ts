import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** Folder of the Kubernetes files. */
export const KUBERNETES = resolve(import.meta.dirname, '../../deploy/kubernetes');
/** Folder of the kustomizations built by Kustomize, for users and test machines without kubectl. */
export const RENDERED = join(KUBERNETES, 'rendered');

/** Kustomizations with their own objects, and the rendered file of each. */
export const KUSTOMIZATIONS = {
  'base/daemonset': 'daemonset.yaml',
  'overlays/net-admin': 'daemonset-net-admin.yaml',
  'overlays/http': 'daemonset-http.yaml',
  'overlays/stream': 'daemonset-stream.yaml',
  'overlays/recorder': 'daemonset-recorder.yaml',
  'overlays/all-namespaces': 'daemonset-all-namespaces.yaml',
  'overlays/service-monitor': 'daemonset-service-monitor.yaml',
  'examples/sidecar': 'example-sidecar.yaml',
  'examples/sidecar-plain': 'example-sidecar-plain.yaml',
} as const;
export type Kustomization = keyof typeof KUSTOMIZATIONS;
/** Names of all kustomizations. */
export const NAMES = Object.keys(KUSTOMIZATIONS) as readonly Kustomization[];

/** A Kubernetes object. Only its kind and name are checked. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [key: string]: unknown;
}

/**
 * Parses the objects of a YAML text.
 * @throws Error for invalid YAML, a duplicate key, or an object without kind or name
 */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const object: unknown = document.toJS();
    if (!isManifest(object)) throw new Error(`no Kubernetes object: ${JSON.stringify(object)}`);
    return object;
  });
}

function isManifest(object: unknown): object is Manifest {
  if (typeof object !== 'object' || object === null) return false;
  const { apiVersion, kind, metadata } = object as Record<string, unknown>;
  if (typeof metadata !== 'object' || metadata === null) return false;
  return typeof apiVersion === 'string' && typeof kind === 'string' && 'name' in metadata;
}

/** Returns a digest of every source file's name and content, to check that a rendered file is current. */
export function sourcesDigest(): string {
  const hash = createHash('sha256');
  const files = readdirSync(KUBERNETES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml') && !name.startsWith('rendered/'))
    .sort();
  for (const name of files)
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(KUBERNETES, name)))
      .update('\0');
  return hash.digest('hex');
}

/** Returns the first lines of a rendered file. */
export function renderedHeader(name: Kustomization): string {
  return [
    `# Made of ../${name} by Kustomize; do not edit: UPDATE_GOLDEN=1 npx vitest run test/deploy`,
    `# sources: sha256:${sourcesDigest()}`,
    '',
  ].join('\n');
}

/** Result of a build: its YAML, or the reason for its absence. */
export type Build =
  | { readonly kind: 'built'; readonly text: string }
  | { readonly kind: 'no kustomize'; readonly why: string };

/**
 * Builds a kustomization with kubectl.
 * @throws Error when the build fails or has warnings
 */
export function build(name: Kustomization): Build {
  const result = spawnSync('kubectl', ['kustomize', join(KUBERNETES, name)], { encoding: 'utf8' });
  if (result.error !== undefined) return { kind: 'no kustomize', why: 'no kubectl' };
  // Kustomize 2, the version in kubectl until 1.20, does not support components.
  if (/unknown field "components"/.test(result.stderr))
    return { kind: 'no kustomize', why: 'kubectl is older than 1.21' };
  if (result.status !== 0 || result.stderr !== '') throw new Error(`kubectl kustomize ${name}: ${result.stderr}`);
  return { kind: 'built', text: result.stdout };
}
