import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DAEMON } from '../support/daemon.js';
import { haveNamespaces } from '../support/namespaces.js';
import { havePrograms } from '../support/programs.js';

const SCRIPT = join(import.meta.dirname, '../support/forward-ssh.sh');
const ZEROS = 20_000_000;

describe('tcp-info forward', () => {
  it.runIf(haveNamespaces('OpenSSH') && havePrograms('OpenSSH', 'sshd', 'ssh', 'unshare'))(
    'lets an idle SSH session live without max_idle, ends it with, and relays every byte',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'tcp-info-forward-ssh-'));
      try {
        // sshd reads the key of the user who logs in.
        chmodSync(folder, 0o755);
        const output = execFileSync('unshare', ['-n', '-m', SCRIPT, folder, DAEMON], {
          encoding: 'utf8',
          timeout: 60_000,
        });
        const lines = output.split('\n');
        expect(lines.slice(0, -1)).toEqual([
          'endless outlived',
          'idle ',
          `bytes ${createHash('sha256').update(Buffer.alloc(ZEROS)).digest('hex')}`,
          'exit 0',
        ]);
        // ssh and sshd close at nearly the same time.
        expect(lines.at(-1)).toMatch(/^ ended=(client|server) ended=idle ended=(client|server)$/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});
