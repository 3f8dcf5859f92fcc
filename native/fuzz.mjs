#!/usr/bin/env node
// Fuzzes the native code with libFuzzer, under the address, undefined behaviour and leak sanitizers, and compares its
// results with a simple model:
//
//   node native/fuzz.mjs [SECONDS]
//
// Default: 60 seconds. Interesting inputs are kept in native/build/Fuzz/corpus, where the next run continues; an input
// that fails is written to native/build/Fuzz. Needs clang: `CLANG` is the compiler (default clang++).

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BuildError, build, fail, sourcesIn, sourcesWithoutNode } from './build.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, 'build', 'Fuzz');
const fixtures = join(here, '..', 'test', 'fixtures');
const clang = process.env.CLANG || 'clang++';

/** Length of the longest input: a dump of ten sockets. Longer ones only take more time. */
const MAX_BYTES = 4096;
/** Time after which an input counts as hanging. The slowest ones take milliseconds. */
const HANG_SECONDS = 10;
/** Lines of libFuzzer's output to hide: new inputs and recommended words, thousands of lines. */
const PROGRESS =
  /^#\d+\s+(NEW|REDUCE|RELOAD)|# Uses: \d+$|^INFO: (Loaded|Using)|NEW_FUNC|Recommended dictionary|End of recommended/;

function requireClang() {
  try {
    execFileSync(clang, ['--version'], { stdio: 'ignore' });
  } catch {
    throw new BuildError(`${clang} not found, and only clang has libFuzzer: apt-get install clang`);
  }
}

/** Returns the messages of a capture with port 0, which the harness replaces by the port of the request. */
function messagesOf(path) {
  const bytes = readFileSync(path);
  const messages = [];
  for (let at = 0; at < bytes.length; at += messages.at(-1).length) {
    const message = Buffer.from(bytes.subarray(at, at + bytes.readUInt32LE(at)));
    message.writeUInt32LE(0, 12);
    messages.push(message);
  }
  return messages;
}

function control(type, value) {
  const message = Buffer.alloc(20);
  message.writeUInt32LE(20, 0);
  message.writeUInt16LE(type, 4);
  message.writeInt32LE(value, 16);
  return message;
}

/** Returns a message as the answer to one of three requests. */
function answerTo(request, message) {
  const answer = Buffer.from(message);
  answer.writeUInt32LE(request, 8);
  return answer;
}

/** Encodes answers, each a list of datagrams, as input of the harness. See native/fuzz/input.h. */
function input(shape, answers) {
  const parts = [Buffer.of(shape)];
  for (const [i, datagrams] of answers.entries()) {
    for (const [j, datagram] of datagrams.entries()) {
      const head = Buffer.alloc(2);
      head.writeUInt16LE(datagram.length | (i > 0 && j === 0 ? 0x8000 : 0));
      parts.push(head, datagram);
    }
  }
  return Buffer.concat(parts);
}

/** Writes the first inputs of fuzzing: captured messages in answers with every kind of end. */
function writeSeeds() {
  const [done, broken] = [control(3, 0), control(3, -12)];
  const [refused, acknowledged] = [control(2, -16), control(2, 0)];
  const seeds = [];
  for (const name of readdirSync(fixtures).filter((each) => each.endsWith('.bin'))) {
    const messages = messagesOf(join(fixtures, name));
    const few = messages.slice(0, 3);
    seeds.push(
      [[Buffer.concat([...messages, done])]],
      [[...few, done], [Buffer.concat(few.slice(1)), done], [Buffer.concat([...few.toReversed(), done])]],
      [[control(2, -(2 ** 31))], [few[0], control(3, -(2 ** 31))]],
      [
        [few[0], refused],
        [acknowledged, few[0], few[0], done],
        [few[1], broken],
      ],
      // Answers to requests that are no dumps: the last acknowledgement ends them.
      [
        [Buffer.concat([answerTo(0, few[0]), answerTo(1, refused), answerTo(2, few[1])]), answerTo(2, acknowledged)],
        [answerTo(0, refused), answerTo(3, few[0]), answerTo(1, few[0]), answerTo(2, refused)],
        [answerTo(1, control(4, 0)), answerTo(2, acknowledged)],
      ],
      ...messages.map((message) => [[message, done]]),
    );
  }
  const seedFolder = join(folder, 'seeds');
  mkdirSync(seedFolder, { recursive: true });
  mkdirSync(join(folder, 'corpus'), { recursive: true });
  for (const [i, answers] of seeds.entries()) {
    for (const shape of [0, 1]) writeFileSync(join(seedFolder, `${i}-${shape}`), input(shape, answers));
  }
  return seedFolder;
}

async function main(seconds) {
  requireClang();
  process.env.CXX = clang;
  const output = join(folder, 'datagrams');
  await build({ sources: [...sourcesWithoutNode(), ...sourcesIn(join(here, 'fuzz'), /\.cc$/)], output, kind: 'Fuzz' });
  const seeds = writeSeeds();
  const args = [
    `-max_total_time=${seconds}`,
    `-max_len=${MAX_BYTES}`,
    `-timeout=${HANG_SECONDS}`,
    '-detect_leaks=1',
    '-print_final_stats=1',
    `-artifact_prefix=${folder}/`,
    join(folder, 'corpus'),
    seeds,
  ];
  const child = spawn(output, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!PROGRESS.test(line)) process.stderr.write(`${line}\n`);
  });
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (...result) => resolve(result));
  });
  if (code !== 0)
    throw new BuildError(`fuzzing failed (${signal ?? `exit status ${code}`}): see ${relative('.', folder)}`);
}

const [argument = '60'] = process.argv.slice(2);
if (/^[1-9]\d*$/.test(argument)) {
  await main(Number(argument)).catch(fail);
} else {
  process.stderr.write('usage: fuzz.mjs [SECONDS]\n');
  process.exitCode = 2;
}
