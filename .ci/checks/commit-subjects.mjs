#!/usr/bin/env node
// Checks subjects of commits: at most 72 characters, `folder: verb …`, no full stop.
//
//   node .ci/checks/commit-subjects.mjs [RANGE]
//
// RANGE is one of git log (default: the last commit). Merge commits are not checked.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MOST_CHARACTERS = 72;
/** One or more folders or words for where it is, and what was done. */
const FORM = /^[A-Za-z0-9.][\w./-]*(?:, ?[\w./-]+)*: \S/;

/** Faults of one subject, as texts. */
export function subjectFaults(subject) {
  const faults = [];
  if ([...subject].length > MOST_CHARACTERS) faults.push(`has more than ${MOST_CHARACTERS} characters`);
  if (!FORM.test(subject)) faults.push('is not of the form `folder: verb …`');
  if (subject.endsWith('.')) faults.push('ends with a full stop');
  return faults;
}

function main(range) {
  const args = range === undefined ? ['-1'] : [range];
  const log = execFileSync('git', ['log', '--no-merges', '--format=%h %s', ...args], { encoding: 'utf8' });
  let count = 0;
  for (const line of log.split('\n').filter((each) => each !== '')) {
    const [hash = '', ...words] = line.split(' ');
    for (const fault of subjectFaults(words.join(' '))) {
      process.stdout.write(`${hash} "${words.join(' ')}" ${fault}\n`);
      count++;
    }
  }
  process.stdout.write(count === 0 ? 'Commit subjects: nothing found\n' : `Commit subjects: ${count} faults\n`);
  if (count > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2]);
