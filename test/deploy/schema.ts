import { join } from 'node:path';
import ts from 'typescript';
import type { Manifest } from './manifests.js';

/**
 * Modules of the API's types, by apiVersion and kind. They are generated from the OpenAPI schemas of Kubernetes and of
 * the Prometheus Operator.
 */
const MODULES: Readonly<Record<string, string>> = {
  'v1 Namespace': 'kubernetes-models/v1/Namespace',
  'v1 Service': 'kubernetes-models/v1/Service',
  'v1 ServiceAccount': 'kubernetes-models/v1/ServiceAccount',
  'apps/v1 DaemonSet': 'kubernetes-models/apps/v1/DaemonSet',
  'apps/v1 Deployment': 'kubernetes-models/apps/v1/Deployment',
  'monitoring.coreos.com/v1 ServiceMonitor':
    '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor',
};

/** Name of a virtual source file, in a folder from which the packages resolve. */
const SOURCE = join(import.meta.dirname, 'objects.generated.mts');

/**
 * Returns the violations of the API's schema, one line each: unknown fields, values of a wrong type or outside of an
 * enumeration, and missing required fields.
 *
 * The TypeScript compiler reports unknown fields of an object literal at any depth. {@link valueProblems} covers the
 * rest, such as ranges and patterns.
 */
export function schemaProblems(objects: readonly Manifest[]): string[] {
  const unknown = objects.filter((object) => moduleOf(object) === undefined);
  if (unknown.length > 0) return unknown.map((object) => `${title(object)}: no schema for ${kindOf(object)}`);
  const text = objects
    .map((object, i) => {
      const type = `import('${moduleOf(object)}').I${object.kind}`;
      return `export const object${i}: ${type} = ${JSON.stringify(object)};`;
    })
    .join('\n');
  return diagnose(text).map(({ line, message }) => {
    const object = objects[line];
    return object === undefined ? message : `${title(object)}: ${message}`;
  });
}

/** Returns invalid values of objects whose fields are correct: ranges, patterns, and choices. */
export async function valueProblems(objects: readonly Manifest[]): Promise<string[]> {
  const problems: string[] = [];
  for (const object of objects) {
    const module: Readonly<Record<string, unknown>> = await import(moduleOf(object) ?? '');
    const Model = module[object.kind] as new (data: unknown) => { validate(): void };
    try {
      new Model(object).validate();
    } catch (error) {
      problems.push(`${title(object)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return problems;
}

function kindOf({ apiVersion, kind }: Manifest): string {
  return `${apiVersion} ${kind}`;
}

function moduleOf(object: Manifest): string | undefined {
  return MODULES[kindOf(object)];
}

function title({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}

function diagnose(text: string): { line: number; message: string }[] {
  const options: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const readSource = host.getSourceFile.bind(host);
  const exists = host.fileExists.bind(host);
  host.fileExists = (name) => name === SOURCE || exists(name);
  host.getSourceFile = (name, ...rest) =>
    name === SOURCE ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true) : readSource(name, ...rest);
  const program = ts.createProgram([SOURCE], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => ({
    line: file === undefined || start === undefined ? -1 : file.getLineAndCharacterOfPosition(start).line,
    message: ts.flattenDiagnosticMessageText(messageText, '; '),
  }));
}
