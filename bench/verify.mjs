#!/usr/bin/env node
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeInetDiagMsg, INET_DIAG_INFO } from '../dist/inetdiag/index.js';
// Compares archives with the load generator's counts:
//
//   node bench/verify.mjs OUTPUT COUNTS [--lost=N]
//
// COUNTS is the file of `load … --out`, from the end where the collector ran. Every connection in it must have one
// archive, with CLOSE in its last record, and with the generator's counts of sent and received bytes. No other archive
// may exist. With --lost, N archives may be missing. Prints figures, and fails when one is wrong.
// One process reads everything with the project's own modules, because there may be 100,000 files.
import { formatAddress } from '../dist/netlink/index.js';
import { decodeRecord } from '../dist/parse/index.js';
import { decodeTcpInfo, TcpState } from '../dist/tcp/index.js';
import { decompressFrames } from '../dist/zstd/index.js';

/** Number of files that are read in parallel. */
const READERS = 8;
/** Maximum number of wrong connections that are printed. */
const EXAMPLES = 5;

/** Reads the expected counts by address pair. A pair may have several connections, one after the other. */
async function readCounts(path) {
  const expected = new Map();
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const { src, sport, dst, dport, sent, received } = JSON.parse(line);
    const key = `${src}:${sport} ${dst}:${dport}`;
    expected.set(key, [...(expected.get(key) ?? []), { sent, received }]);
  }
  return expected;
}

async function* contentOf(path) {
  yield readFileSync(path);
}

async function readText(path) {
  const pieces = [];
  for await (const piece of decompressFrames(contentOf(path))) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

/** Reads the last record of an archive. */
async function readLast(path) {
  const lines = (await readText(path)).split('\n');
  if (lines.pop() !== '' || lines.length < 2) throw new Error(`${path} is not whole lines`);
  const { rawIdm, attributes } = decodeRecord(lines.at(-1));
  const { family, state, id } = decodeInetDiagMsg(rawIdm);
  const info = attributes?.[INET_DIAG_INFO];
  const counters = info ? decodeTcpInfo(info) : undefined;
  return {
    path,
    key: `${formatAddress(id.src, family)}:${id.sport} ${formatAddress(id.dst, family)}:${id.dport}`,
    records: lines.length - 1,
    state,
    sent: counters === undefined ? undefined : counters.bytesSent - counters.bytesRetrans,
    // tcpi_bytes_received counts the other end's FIN as a byte.
    received: counters === undefined ? undefined : counters.bytesReceived - 1,
  };
}

/** Reads the last record of every archive, by address pair. */
async function readArchives(output) {
  const paths = readdirSync(output, { recursive: true }).filter((name) => name.endsWith('.jsonl.zst'));
  const found = new Map();
  const figures = { archives: paths.length, connections: 0, records: 0 };
  const uuids = new Set();
  const reader = async () => {
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
      uuids.add(path.replace(/\.\d+\.jsonl\.zst$/, '').replace(/^.*\//, ''));
      const last = await readLast(join(output, path));
      figures.records += last.records;
      found.set(last.key, [...(found.get(last.key) ?? []), last]);
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  figures.connections = uuids.size;
  return { found, figures };
}

const isRight = (count) => (last) =>
  last.state === TcpState.CLOSE && last.sent === count.sent && last.received === count.received;

/** Removes from `lasts` a match of each count; pairs unmatched counts with any other. Adds to `result`. */
function match(counts, lasts, result) {
  const unmatched = counts.filter((count) => {
    const at = lasts.findIndex(isRight(count));
    if (at !== -1) lasts.splice(at, 1);
    return at === -1;
  });
  result.right += counts.length - unmatched.length;
  for (const count of unmatched) {
    const last = lasts.pop();
    if (last === undefined) {
      result.missing++;
    } else {
      result.wrong++;
      if (last.state !== TcpState.CLOSE) result.notClosed++;
      if (result.examples.length < EXAMPLES) result.examples.push({ expected: count, found: last });
    }
  }
  result.leftOver += lasts.length;
}

/** Compares archives with counts. Not ok when more than `lost` archives are missing, or any is wrong. */
export async function verify(output, countsPath, lost = 0) {
  const began = performance.now();
  const expected = await readCounts(countsPath);
  const { found, figures } = await readArchives(output);
  const result = { expected: 0, right: 0, wrong: 0, notClosed: 0, missing: 0, leftOver: 0, examples: [] };
  for (const [key, counts] of expected) {
    result.expected += counts.length;
    match(counts, found.get(key) ?? [], result);
    found.delete(key);
  }
  for (const [key, lasts] of found) {
    result.leftOver += lasts.length;
    if (result.examples.length < EXAMPLES) result.examples.push({ leftOver: key, found: lasts[0] });
  }
  const one = figures.archives === figures.connections;
  const ok = one && result.wrong === 0 && result.leftOver === 0 && result.missing <= lost;
  return { ok, ...figures, ...result, seconds: Number(((performance.now() - began) / 1000).toFixed(1)) };
}

if (import.meta.filename === process.argv[1]) {
  const [output, counts, ...options] = process.argv.slice(2);
  const [, lost] = /^--lost=(\d+)$/.exec(options[0] ?? '--lost=0') ?? [];
  if (counts === undefined || lost === undefined || options.length > 1) {
    process.stderr.write('usage: verify.mjs OUTPUT COUNTS [--lost=N]\n');
    process.exit(2);
  }
  const result = await verify(output, counts, Number(lost));
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exitCode = result.ok ? 0 : 1;
}
