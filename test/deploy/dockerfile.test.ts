import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';

const text = readFileSync(join(resolve(import.meta.dirname, '../..'), 'Dockerfile'), 'utf8');

/** What a linter finds, as `line: message`. */
function complaints(dockerfile: string): string[] {
  return validate(dockerfile).map(({ range, message }) => `${range.start.line + 1}: ${message}`);
}

function argumentsOf(dockerfile: string, instruction: string): string[] {
  const joined = dockerfile.replace(/\\\n/g, ' ');
  return [...joined.matchAll(new RegExp(`^${instruction} +(.+)$`, 'gm'))].map(([, words = '']) => words.trim());
}

describe('the Dockerfile', () => {
  it('is clean, and one that is not is told of', () => {
    expect(complaints(text)).toEqual([]);
    expect(complaints(text.replace('WORKDIR /home', 'WORKDIRR /home')).join()).toContain('WORKDIRR');
  });

  it('names its base images by version', () => {
    const images = argumentsOf(text, 'FROM').map((words) => words.split(' ')[0]);
    expect(images).toEqual([expect.stringMatching(/^node:\d+\.\d+\.\d+-[a-z]+-slim$/), 'scratch']);
  });

  it('takes nothing from elsewhere than the registries, and leaves no lists of packages', () => {
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

  it('has no shell between the engine and the program, nor a user of its own', () => {
    expect(argumentsOf(text, 'ENTRYPOINT')).toEqual(['["/bin/tcp-info"]']);
    expect(argumentsOf(text, 'USER')).toEqual([]);
  });
});
