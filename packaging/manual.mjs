#!/usr/bin/env node
// Writes what packages bring along beside the programs, from the programs' own definitions: dist/man/*.1, and
// dist/completion/{bash,zsh}/*. To be run when dist/ is built.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const { describePrograms } = await import(join(dist, 'cmd/describe/programs.js'));
const { SUBCOMMANDS } = await import(join(dist, 'cmd/tcp-info/subcommands.js'));
const { csvtoolPage, daemonPage } = await import(join(dist, 'cmd/manual/pages.js'));
const { bashScript } = await import(join(dist, 'cmd/tcp-info/completion/bash.js'));
const { zshScript } = await import(join(dist, 'cmd/tcp-info/completion/zsh.js'));

/** The day of the sources, so that the same sources make the same pages; today where that is not known. */
function day() {
  const { time } = JSON.parse(readFileSync(join(dist, 'commit.json'), 'utf8'));
  const { SOURCE_DATE_EPOCH: epoch = time } = process.env;
  return (epoch === undefined ? new Date() : new Date(Number(epoch) * 1000)).toISOString().slice(0, 10);
}

const { version } = JSON.parse(readFileSync(join(dist, '..', 'package.json'), 'utf8'));
const edition = { version, date: day() };
const programs = await describePrograms(SUBCOMMANDS);
const files = {
  'man/tcp-info.1': daemonPage(programs, edition),
  'man/csvtool.1': csvtoolPage(programs, edition),
  'completion/bash/tcp-info': bashScript(programs),
  'completion/zsh/_tcp-info': zshScript(programs),
};
for (const [name, text] of Object.entries(files)) {
  const path = join(dist, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
