import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';

const text = readFileSync(join(resolve(import.meta.dirname, '../..'), 'Dockerfile'), 'utf8');

/** Returns the findings of a linter, as `line: message`. */
function complaints(dockerfile: string): string[] {
  return validate(dockerfile).map(({ range, message }) => `${range.start.line + 1}: ${message}`);
}

function argumentsOf(dockerfile: string, instruction: string): string[] {
  const joined = dockerfile.replace(/\\\n/g, ' ');
  return [...joined.matchAll(new RegExp(`^${instruction} +(.+)$`, 'gm'))].map(([, words = '']) => words.trim());
}

describe('the Dockerfile', () => {
  it('passes the linter, which does report a bad one', () => {
    expect(complaints(text)).toEqual([]);
    expect(complaints(text.replace('WORKDIR /home', 'WORKDIRR /home')).join()).toContain('WORKDIRR');
  });

  it('pins its base images by version', () => {
    const images = argumentsOf(text, 'FROM').map((words) => words.split(' ')[0]);
    expect(images).toEqual([expect.stringMatching(/^node:\d+\.\d+\.\d+-[a-z]+-slim$/), 'scratch']);
  });

  it('downloads from the registries only, and leaves no package lists', () => {
    expect(argumentsOf(text, 'ADD')).toEqual([]);
    const steps = argumentsOf(text, 'RUN');
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) {
      expect(step).not.toMatch(/\b(curl|wget|git clone)\b/);
      if (step.includes('apt-get install')) {
        expect(step).toContain('--no-install-recommends');
        expect(step).toContain('rm -rf /debs /var/lib/apt/lists/*');
      }
    }
  });

  it('runs the program without a shell, and sets no user', () => {
    expect(argumentsOf(text, 'ENTRYPOINT')).toEqual(['["/bin/tcp-info"]']);
    expect(argumentsOf(text, 'USER')).toEqual([]);
  });
});
