import { execFile, execFileSync, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** Runs a program to its end and returns its output, without the last newline. */
export function output(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** Runs a program that may take long. An error contains its output. */
export async function run(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await execFileAsync(program, args, {
    maxBuffer: 64 * 1024 * 1024,
    ...(cwd === undefined ? {} : { cwd }),
  });
  return stdout.trim();
}

/** Runs two programs, the output of the first piped into the second. */
export async function pipe(from: readonly string[], to: readonly string[]): Promise<string> {
  const [source = '', ...sourceArgs] = from;
  const [sink = '', ...sinkArgs] = to;
  const first = spawn(source, sourceArgs, { stdio: ['ignore', 'pipe', 'inherit'] });
  const second = spawn(sink, sinkArgs, { stdio: [first.stdout, 'pipe', 'inherit'] });
  // This process does not read the pipe: the second program does.
  first.stdout.destroy();
  let text = '';
  second.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const codes = await Promise.all(
    [first, second].map(
      (child) =>
        new Promise<number | null>((resolve, reject) => {
          child.once('error', reject).once('close', resolve);
        }),
    ),
  );
  if (codes.some((code) => code !== 0)) {
    throw new Error(`${from.join(' ')} | ${to.join(' ')}: exit codes ${codes.join(' and ')}`);
  }
  return text.trim();
}

/** Returns true if a program is on the path. */
export function have(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
