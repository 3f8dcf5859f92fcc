#!/usr/bin/env node
// Writes manual pages (dist/man/*.1) and completion scripts (dist/completion/{bash,zsh}/*) from the programs' own
// definitions. Run it after the build of dist/.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = join(dirname(fileURLToPath(import.meta.url)), '../../dist');
const { describePrograms } = await import(join(dist, 'cmd/describe/programs.js'));
const { SUBCOMMANDS } = await import(join(dist, 'cmd/tcp-info/subcommands.js'));
const { csvtoolPage, daemonPage } = await import(join(dist, 'deploy/packages/manual/pages.js'));
const { bashScript } = await import(join(dist, 'cmd/tcp-info/completion/bash.js'));
const { zshScript } = await import(join(dist, 'cmd/tcp-info/completion/zsh.js'));

/** Returns the date of the commit, so that the pages are reproducible; today if unknown. */
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
