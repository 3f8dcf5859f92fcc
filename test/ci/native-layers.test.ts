import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../support/temp.js';

const ROOT = join(import.meta.dirname, '../..');
const CHECK = join(ROOT, '.ci/checks/native-layers.mjs');

interface Result {
  readonly code: number;
  readonly lines: readonly string[];
}

/** Runs the check on a folder; returns its exit code, and its output with paths relative to the folder. */
function check(folder: string): Result {
  const linesOf = (output: string) => output.trimEnd().replaceAll(`${folder}/`, '').split('\n');
  try {
    const output = execFileSync(process.execPath, [CHECK, folder], { encoding: 'utf8', stdio: 'pipe' });
    return { code: 0, lines: linesOf(output) };
  } catch (error) {
    const { status, stdout } = error as { readonly status: number; readonly stdout: string };
    return { code: status, lines: linesOf(stdout) };
  }
}

/** Writes sources to a new folder, and checks it. */
function checkSources(sources: Readonly<Record<string, string>>): Result {
  const folder = tempFolder();
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return check(folder);
}

describe('the check of native layers', () => {
  it('finds nothing in native/src', () => {
    expect(check(join(ROOT, 'native/src'))).toEqual({
      code: 0,
      lines: [expect.stringMatching(/^Native layers: nothing found in \d+ files$/)],
    });
  });

  it.each([
    ['work/a.cc', '../netlink/wire.h', 'work may include only: work, util'],
    ['work/a.cc', '../table/table.h', 'work may include only: work, util'],
    ['netlink/a.h', '../table/table.h', 'netlink may include only: netlink, util'],
    ['netlink/a.h', '../addon.h', 'netlink may include only: netlink, util'],
    ['table/a.cc', '../poll/outbox.h', 'table may include only: table, netlink, util'],
    ['poll/a.cc', '../work/work-queue.h', 'poll may include only: poll, table, netlink, util'],
    ['util/a.h', '../netlink/failure.h', 'util may include only: util'],
    ['relay/a.h', '../netlink/failure.h', 'relay may include only: relay, util'],
    ['lines/a.h', '../netlink/failure.h', 'lines may include only: lines, util'],
    [
      'addon.cc',
      '../test/check.h',
      '. may include only: ., poll, listen, capture, watch, table, netlink, work, proc, relay, lines, util',
    ],
  ])('finds that %s includes %s', (path, include, reason) => {
    expect(checkSources({ [path]: `#pragma once\n\n#include "${include}"\n` })).toEqual({
      code: 1,
      lines: [`${path}:3: "${include}": ${reason}`, 'Native layers: 1 faults'],
    });
  });

  it('finds Node-API in a folder that is tested without Node', () => {
    expect(checkSources({ 'table/a.h': '#include <napi.h>\n', 'work/b.h': '#include <napi.h>\n' })).toEqual({
      code: 1,
      lines: ['table/a.h:1: "napi.h": table/ does not use Node-API', 'Native layers: 1 faults'],
    });
  });

  it('finds a folder that is not in the table', () => {
    expect(checkSources({ 'other/a.h': '' })).toEqual({
      code: 1,
      lines: ['other/a.h:1: "other/a.h": other/ is not in the table of layers', 'Native layers: 1 faults'],
    });
  });

  it('accepts includes of the own folder, of folders below and of the system', () => {
    const text = '#include <cstddef>\n#include "table.h"\n#include "../netlink/wire.h"\n#include "../util/fd.h"\n';
    expect(checkSources({ 'table/a.cc': text })).toEqual({
      code: 0,
      lines: ['Native layers: nothing found in 1 files'],
    });
  });

  it('has the table of docs/architecture.md', async () => {
    const { LAYERS } = (await import(CHECK)) as { readonly LAYERS: Readonly<Record<string, readonly string[]>> };
    const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
    for (const [folder, below] of Object.entries(LAYERS)) {
      const name = folder === '.' ? 'native/src/' : `${folder}/`;
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`) && line.split('|').length === 5);
      expect(row, name).toMatch(new RegExp(`\\| ${below.join(', ') || 'nothing of ours'} \\|$`));
    }
  });
});
