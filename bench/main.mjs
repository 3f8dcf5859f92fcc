#!/usr/bin/env node
// Measures the cost of the collector, and of the cheapest possible program: `npm run bench`. Command line: options.mjs.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BuildError } from '../native/build.mjs';
import { measureMicro } from './capture.mjs';
import { FLOOR, makeContenders, OURS } from './contenders.mjs';
import { Lab } from './lab.mjs';
import { describeMachine } from './machine.mjs';
import { createMeter, removeMeters } from './meter.mjs';
import { HELP, parseOptions, UsageError } from './options.mjs';
import { formatResults, formatScenario, insertBetweenMarks, summarizeSamples } from './report.mjs';
import { ClosingLoad, HeldLoad, NotHere, sample } from './sampling.mjs';

const NAMES = { floor: FLOOR, ours: OURS };
const say = (line) => process.stderr.write(`${line}\n`);

/** Current state, to be removed when a signal comes. */
const now = { lab: undefined, isStopping: false };

/** Does work in new namespaces, which are removed afterwards. */
async function inLab(work, options) {
  const lab = await Lab.create(options.work);
  now.lab = lab;
  try {
    return await work(lab);
  } finally {
    await lab.remove();
  }
}

/** Measures every contender on one load, in rounds with alternating order. */
async function takeTurns(lab, load, name, options) {
  const contenders = makeContenders(options);
  const samples = [];
  const failed = new Set();
  for (let pair = 0; pair < options.pairs; pair++) {
    for (const contender of pair % 2 === 0 ? contenders : contenders.toReversed()) {
      if (failed.has(contender)) continue;
      const figures = await sample(lab, load, contender, options).catch((error) => {
        if (now.isStopping) throw error;
        failed.add(contender);
        return { error: error.message };
      });
      samples.push({ pair, contender: contender.name, ...figures });
      say(`${name}  round ${pair + 1} of ${options.pairs}  ${contender.name}: ${describeSample(figures)}`);
    }
  }
  return samples;
}

function describeSample({ error, cores, cpuPerScanMs, machineBusy }) {
  if (error !== undefined) return `failed: ${error}`;
  const percent = (part) => `${(part * 100).toFixed(1)} %`;
  return `${percent(cores)} of a core, ${cpuPerScanMs.toFixed(3)} ms a scan, machine busy ${percent(machineBusy)}`;
}

async function measureLoad(lab, scenario, options) {
  const load = scenario.kind === 'held' ? new HeldLoad(lab, scenario) : new ClosingLoad(lab, scenario, options);
  try {
    await load.start();
    const samples = await takeTurns(lab, load, scenario.name, options);
    await load.stop();
    return { samples, rows: summarizeSamples(samples, NAMES) };
  } catch (error) {
    await lab.killPrograms();
    await load.meter.remove();
    throw error;
  }
}

async function measure(scenario, options) {
  say(`${scenario.name}: setting up`);
  try {
    const found = await inLab(
      async (lab) =>
        scenario.kind === 'micro' ? { micro: await measureMicro(lab) } : await measureLoad(lab, scenario, options),
      options,
    );
    return { name: scenario.name, ...found };
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    return { name: scenario.name, skipped: error.message };
  }
}

async function measureAll(options) {
  const meter = createMeter();
  const cpuFrom = meter.how;
  await meter.remove();
  const { pairs, seconds, warmUpSeconds, peers, work } = options;
  const results = {
    ...{ began: new Date().toISOString(), ended: undefined, machine: describeMachine(work) },
    ...{ options: { pairs, seconds, warmUpSeconds }, cpuFrom, peers, scenarios: [] },
  };
  for (const scenario of options.scenarios) {
    const result = await measure(scenario, options);
    results.scenarios.push(result);
    results.ended = new Date().toISOString();
    // After each scenario, so that the results are kept if the user stops the program.
    writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);
    process.stdout.write(`\n${formatScenario(result)}\n\n`);
  }
  say(`every sample is in ${options.json}`);
  return results;
}

function writeMarkdown(path, results) {
  const document = existsSync(path) ? readFileSync(path, 'utf8') : '';
  writeFileSync(path, insertBetweenMarks(document, formatResults(results)));
}

/** Removes namespaces and meters when a signal comes. Results so far are in the JSON file. */
function watchSignals() {
  const stop = async () => {
    if (now.isStopping) return;
    now.isStopping = true;
    await now.lab?.remove();
    await removeMeters();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop());
}

/** Checks files and programs in advance. @throws UsageError when a folder is not writable, or a program is missing */
function checkSurroundings({ json, markdown, work, ss }) {
  const folders = { json: dirname(json), markdown: markdown && dirname(markdown), work };
  for (const [flag, folder] of Object.entries(folders)) {
    if (folder === undefined) continue;
    try {
      accessSync(folder, constants.W_OK);
    } catch (cause) {
      throw new UsageError(`--${flag}: ${folder} cannot be written to (${cause.code})`, { cause });
    }
  }
  for (const program of ['ip', 'nsenter', 'curl', ...(ss ? ['ss'] : [])]) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    } catch (cause) {
      throw new UsageError(`the program ${program} is missing`, { cause });
    }
  }
}

/** Reads a file of results. @throws UsageError when it is missing or invalid */
function readResults(path) {
  try {
    const results = JSON.parse(readFileSync(path, 'utf8'));
    return { results, text: formatResults(results) };
  } catch (cause) {
    throw new UsageError(`--from=${path}: not a file of results (${cause.message})`, { cause });
  }
}

async function main() {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  if (options.from !== undefined) {
    const { results, text } = readResults(options.from);
    process.stdout.write(text);
    if (options.markdown !== undefined) writeMarkdown(options.markdown, results);
    return;
  }
  if (process.getuid() !== 0) throw new UsageError('only root may make network namespaces');
  checkSurroundings(options);
  watchSignals();
  try {
    const results = await measureAll(options);
    if (options.markdown !== undefined) writeMarkdown(options.markdown, results);
    const failed = results.scenarios.some(({ rows = [] }) => rows.some((row) => row.error !== undefined));
    process.exitCode = failed ? 1 : 0;
  } catch (error) {
    // Ignore failures while the program is being stopped.
    if (now.isStopping) return;
    throw error;
  }
}

try {
  await main();
} catch (error) {
  process.exitCode = error instanceof UsageError ? 2 : 1;
  if (error instanceof UsageError) say(`bench: ${error.message}; see --help`);
  else say(error instanceof BuildError ? error.message.trimEnd() : error.stack);
}
