import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { skipped } from '../support/programs.js';
import { Container, GIT_COMMIT, IMAGE, ROOT, VERSION } from './container.js';
import { type Engine, EngineError, openEngine } from './engine.js';
import { have, output, run } from './programs.js';
import { baseImages, importNode, importProgram } from './stand-in.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Reason to skip all tests; empty to run them. */
    readonly skipReason: string;
    /** Image of Prometheus named in docker-compose.yml; empty if unavailable. */
    readonly prometheusImage: string;
  }
}

/** Prepares an engine and the image before the first test, and removes everything afterwards. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  provide('prometheusImage', '');
  const reason = missing();
  if (reason !== undefined) return skip(provide, reason);
  let engine: Engine;
  try {
    engine = await openEngine();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return skip(provide, error.message);
  }
  // Tests and their child processes inherit it.
  if (engine.host !== undefined) {
    process.env['DOCKER_HOST'] = engine.host;
    // Everything created for the tests is in the engine's own folder and is removed with it, even after a kill.
    process.env['TMPDIR'] = dirname(new URL(engine.host).pathname);
  }
  const undo: (() => void)[] = [];
  const teardown = async (): Promise<void> => {
    for (const each of undo.reverse()) each();
    await engine.stop();
  };
  try {
    const trouble = engine.host === undefined ? undefined : cannotRun();
    if (trouble !== undefined) {
      await teardown();
      return skip(provide, `the engine for tests cannot run a container here: ${trouble}`);
    }
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    for (const image of baseImages(dockerfile)) await ensure(image, importNode, undo);
    await build(undo);
    provide('prometheusImage', await prometheus(dockerfile, undo));
  } catch (error) {
    await teardown();
    throw error;
  }
  provide('skipReason', '');
  return teardown;
}

function skip(provide: TestProject['provide'], reason: string): () => Promise<void> {
  skipped('the container image', reason);
  provide('skipReason', reason);
  return async () => undefined;
}

function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root, who alone may start an engine and make network namespaces';
  const packages = { docker: 'docker.io', debootstrap: 'debootstrap', ip: 'iproute2', nsenter: 'util-linux' };
  const absent = Object.entries(packages).filter(([program]) => !have(program));
  if (absent.length === 0) return undefined;
  return `no ${absent.map(([program]) => program).join(', ')} (apt-get install ${absent.map(([, name]) => name).join(' ')})`;
}

/**
 * Returns the reason why the engine cannot run a container, as in some sandboxes, or cannot inspect one, as in a
 * chroot. Checked with an image of two programs of this machine.
 */
function cannotRun(): string | undefined {
  const programs = ['/bin/true', '/bin/sleep'];
  const files = output('ldd', ...programs).match(/\/\S+\.so\S*/g) ?? [];
  const image = 'tcp-info-test-probe';
  output(
    'sh',
    '-c',
    // A name that does not exist in this machine's own root.
    'tar --create --dereference --transform "s,^bin/true$,probe," "$@" 2>/dev/null | docker import - "$0"',
    image,
    ...programs,
    ...new Set(files),
  );
  try {
    using container = Container.start('--network=host', image, '/bin/sleep', '60');
    output('docker', 'exec', container.id, '/probe');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n').at(1) : String(error);
  } finally {
    execFileSync('docker', ['rmi', '--force', image], { stdio: 'ignore' });
  }
}

function imageId(image: string): string | undefined {
  try {
    return output('docker', 'image', 'inspect', '--format', '{{.Id}}', image);
  } catch {
    return undefined; // the engine does not have it
  }
}

/** Ensures that the engine has an image: its own, the registry's, or a stand-in, which is removed after the tests. */
async function ensure(image: string, make: (image: string) => Promise<void>, undo: (() => void)[]): Promise<void> {
  if (imageId(image) !== undefined) return;
  // An engine started for the tests is empty; another one may have access to a registry.
  try {
    if (process.env['DOCKER_HOST']?.includes('tcp-info-docker-') !== true) {
      await run('docker', ['pull', '--quiet', image]);
      return;
    }
  } catch {
    // No registry of images is reachable: use the stand-in.
  }
  const started = performance.now();
  await make(image);
  undo.push(() => execFileSync('docker', ['rmi', '--force', image], { stdio: 'ignore' }));
  say(`${image}: a stand-in, made in ${seconds(started)}`);
}

async function build(undo: (() => void)[]): Promise<void> {
  const before = imageId(IMAGE);
  const started = performance.now();
  const proxies = ['http_proxy', 'https_proxy', 'no_proxy'].filter((name) => process.env[name] !== undefined);
  const labels = [`GIT_COMMIT=${GIT_COMMIT}`, `VERSION=${VERSION}`];
  const args = [...labels, ...proxies].flatMap((arg) => ['--build-arg', arg]);
  await run('docker', ['build', '--quiet', '--network=host', ...args, '--tag', IMAGE, ROOT]);
  undo.push(() => {
    execFileSync('docker', before === undefined ? ['rmi', '--force', IMAGE] : ['tag', before, IMAGE], {
      stdio: 'ignore',
    });
  });
  const bytes = Number(output('docker', 'image', 'inspect', '--format', '{{.Size}}', IMAGE));
  say(`${IMAGE}: built in ${seconds(started)}, ${(bytes / 1e6).toFixed(0)} MB`);
}

/** Returns Prometheus under the image name in docker-compose.yml: Debian's if there is no registry. */
async function prometheus(dockerfile: string, undo: (() => void)[]): Promise<string> {
  const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const image = /image: (prom\/prometheus:\S+)/.exec(compose)?.[1] ?? '';
  const suite = /^FROM node:[\d.]+-([a-z]+)-slim/m.exec(dockerfile)?.[1] ?? '';
  if (!have('prometheus')) return imageId(image) === undefined ? '' : image;
  await ensure(image, (name) => importProgram(name, suite, 'prometheus'), undo);
  return image;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
