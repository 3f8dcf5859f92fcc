import { describe, expect, it } from 'vitest';
import type { FoundArchives } from '../../../archive/index.js';
import type { ArchiveInputError } from '../../../archive/input/index.js';
import { type ConnectionReceiver, type Found, findConnection } from '../../../archive/search/find.js';
import { DecodeError } from '../../../netlink/index.js';
import type { ArchivedRecord } from '../../../parse/index.js';
import { sourceOf } from '../input/sources.js';

const [A, B] = ['host_1_00000000000000A1', 'host_1_00000000000000B2'];
const RECORD = '{"Timestamp":"2026-11-20T23:28:03.1Z","RawIDM":"AAAA"}\n';

/** Returns the text of an archive: the metadata of a connection, and its records. */
function archiveOf(uuid: string, sequence: number, records: number): string {
  const metadata = { UUID: uuid, Sequence: sequence, StartTime: '2026-11-20T23:28:03Z' };
  return `${JSON.stringify({ Timestamp: '0001-01-01T00:00:00Z', Metadata: metadata })}\n${RECORD.repeat(records)}`;
}

/** Counts the records of each archive. Refuses the records of archives named `bad`. */
class Counter implements ConnectionReceiver {
  readonly counts = new Map<string, number>();
  #path = '';

  begin(path: string): void {
    this.#path = path;
    this.counts.set(path, 0);
  }

  add({ rawIdm }: ArchivedRecord): void {
    if (rawIdm === undefined) return;
    if (this.#path.includes('bad')) throw new DecodeError('RawIDM is short', { code: 'ERR_RECORD', at: 0 });
    this.counts.set(this.#path, (this.counts.get(this.#path) ?? 0) + 1);
  }
}

/** Searches archives, given as paths and texts. Returns the result, the paths that were read, and the problems. */
async function search(wanted: string | undefined, texts: Readonly<Record<string, string>>) {
  const problems: string[] = [];
  let created = 0;
  const archives: FoundArchives = {
    found: Object.keys(texts),
    archives: async function* () {
      for (const [path, text] of Object.entries(texts)) yield { path, source: sourceOf(text) };
    },
    options: { onProblem: ({ code, line }: ArchiveInputError): void => void problems.push(`${code} ${line}`) },
  };
  const found: Found<Counter> = await findConnection(wanted, archives, () => {
    created++;
    return new Counter();
  });
  return { found, problems, created };
}

describe('findConnection', () => {
  it('gives all archives of the connection to one receiver, in order', async () => {
    const { found, created } = await search(A, {
      [`${A}.00000.jsonl`]: archiveOf(A, 0, 3),
      [`${B}.00000.jsonl`]: archiveOf(B, 0, 5),
      [`${A}.00001.jsonl`]: archiveOf(A, 1, 2),
      'renamed.jsonl': archiveOf(A, 2, 1),
      'other.jsonl': archiveOf(B, 1, 1),
    });
    expect(created).toBe(1);
    expect(found.kind === 'one' ? [...found.connection.counts] : found).toEqual([
      [`${A}.00000.jsonl`, 3],
      [`${A}.00001.jsonl`, 2],
      ['renamed.jsonl', 1],
    ]);
  });

  it('lists the connections with their first archives if any will do and there are several', async () => {
    const { found } = await search(undefined, {
      'a.jsonl': archiveOf(A, 0, 1),
      'a2.jsonl': archiveOf(A, 1, 1),
      'b.jsonl': archiveOf(B, 0, 1),
    });
    expect(found).toEqual({
      kind: 'several',
      matches: [
        [A, 'a.jsonl'],
        [B, 'b.jsonl'],
      ],
      more: 0,
    });
  });

  it('reports a record that the receiver cannot use, and reads on', async () => {
    const { found, problems } = await search(A, {
      'bad.jsonl': archiveOf(A, 0, 2),
      'good.jsonl': archiveOf(A, 1, 2),
    });
    expect(problems).toEqual(['ERR_RECORD 2', 'ERR_RECORD 3']);
    expect(found.kind === 'one' ? [...found.connection.counts.values()] : found).toEqual([0, 2]);
  });

  it('finds nothing readable in archives of other connections, and creates no receiver', async () => {
    const { found, created } = await search(A, { [`${B}.00000.jsonl`]: archiveOf(B, 0, 1), 'empty.jsonl': '' });
    expect({ found, created }).toEqual({ found: { kind: 'unreadable' }, created: 0 });
  });
});
