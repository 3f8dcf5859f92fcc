import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A container engine that tests may use. */
export interface Engine {
  /** Value for DOCKER_HOST; undefined for the client's default. */
  readonly host: string | undefined;
  /** Ends the engine, if it was started for the tests. */
  stop(): Promise<void>;
}

/** Thrown with the reason why there is no engine. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

/** Returns the engine that answers, or starts one for the tests. @throws EngineError */
export async function openEngine(): Promise<Engine> {
  try {
    execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore', timeout: 20_000 });
    return { host: undefined, stop: async () => undefined };
  } catch {
    return await startEngine(); // no engine answers, or there is no client: the start reports which
  }
}

async function startEngine(): Promise<Engine> {
  const program = join(import.meta.dirname, 'engine.mjs');
  // A separate process group: Ctrl-C in a terminal does not reach it; the end of its stdin does.
  const child = spawn(process.execPath, [program], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await closed;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const said: { readonly host?: string; readonly error?: string } = JSON.parse(line);
    if (said.host !== undefined) return { host: said.host, stop };
    await stop();
    throw new EngineError(`no engine answers, and none can be started: ${said.error}`);
  }
  throw new EngineError('no engine answers, and the one for tests ended without a word');
}
