#!/usr/bin/env node
// Searches comments, texts of the programs and pages of documentation for wording that is hard to understand:
//
//   node .ci/checks/english.mjs [FILE...]
//
// Without files: checks every tracked source and page. Prints file, line, rule and a replacement; exits with 1 if it
// finds something. Quoted phrases count, too.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cppComments, scriptComments, scriptTexts } from './comments.mjs';
import { faultsOf } from './english-rules.mjs';

const SCRIPT = /\.(?:tsx?|mjs|cjs)$/;
const CPP = /\.(?:cc|h|c|cpp)$/;
/** Files that contain the forbidden phrases: the rules themselves, and their test. */
const EXEMPT = /^(?:\.ci\/checks\/english-rules\.mjs|test\/ci\/)/;

/** Returns the faults of one file: `{ line, name, found, instead }`. */
export function checkFile(path, source) {
  const lineAt = (index) => source.slice(0, index).split('\n').length;
  if (path.endsWith('.md')) {
    return faultsOf(withoutCode(source)).map(({ index, ...fault }) => ({ line: lineAt(index), ...fault }));
  }
  const passages = SCRIPT.test(path)
    ? [...scriptComments(source, path), ...scriptTexts(source, path)]
    : cppComments(source);
  return passages.flatMap(({ start, text, isDoc }) => {
    const indent = text.length - text.trimStart().length;
    return faultsOf(text.trimStart(), isDoc).map(({ index, ...fault }) => ({
      line: lineAt(start + indent + index),
      ...fault,
    }));
  });
}

/** Blanks the code in a page: code and output are not prose. */
function withoutCode(page) {
  const blank = (text) => text.replace(/[^\n]/g, ' ');
  return page.replace(/^(`{3,})[\s\S]*?^\1/gm, blank).replace(/`[^`\n]+`/g, blank);
}

function main(files) {
  const tracked = () => execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n');
  const paths = (files.length > 0 ? files : tracked()).filter(
    (path) => (SCRIPT.test(path) || CPP.test(path) || path.endsWith('.md')) && !EXEMPT.test(path),
  );
  let count = 0;
  for (const path of paths) {
    for (const { line, name, found, instead } of checkFile(path, readFileSync(path, 'utf8'))) {
      process.stdout.write(`${path}:${line}: "${found}" (${name}): ${instead}\n`);
      count++;
    }
  }
  process.stdout.write(count === 0 ? 'English: nothing found\n' : `English: ${count} places\n`);
  if (count > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
