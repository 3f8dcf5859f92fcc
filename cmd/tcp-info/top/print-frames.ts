import type { Writable } from 'node:stream';
import {
  filterTestsProcess,
  printedLines,
  SourceError,
  type TopModel,
  type TopSource,
} from '../../../view/top/index.js';
import { harmlessText } from '../../tool/data-writer.js';
import { OutputError, write } from '../../tool/output.js';
import { watchReader } from '../../tool/reader-watch.js';

/** Options of {@link printFrames}. */
export interface PrintOptions {
  readonly model: TopModel;
  readonly source: TopSource;
  /** Number of views to print. */
  readonly frames: number;
  readonly format: 'text' | 'json';
  /** Fields in JSON: names with commas, or `default`. */
  readonly jsonFields: string;
  readonly stdout: Writable;
}

/** Rows of a single view, and of each of several: lists are longer than the windows of a stream. */
const MAX_ROWS = 10_000;
const MAX_ROWS_OF_SEVERAL = 1000;
/** Most values that are skipped because processes are still being looked up. */
const MAX_PROCESS_WAITS = 5;
const OVERVIEW_US = 5e6;

/**
 * Prints views, one after the other.
 * @throws SourceError, OutputError
 */
export async function printFrames(options: PrintOptions): Promise<void> {
  const { model, source, frames } = options;
  model.status = await source.status();
  let [latest, failure, wake]: [number, Error | undefined, () => void] = [0, undefined, () => undefined];
  // The stream of the first row says when there is a new view.
  const stop = source.subscribe({ ...model.rowsRequest, limit: 1, fields: 'key' }, model.everyMs, (event) => {
    if (event.kind === 'view') latest = event.view.generation;
    else if (event.kind === 'delta') latest = event.delta.generation;
    else failure ??= new SourceError(event.reason, event.kind === 'refused');
    wake();
  });
  const reader = watchReader(options.stdout, () => {
    failure ??= new OutputError(Object.assign(new Error('the reader has gone'), { code: 'EPIPE' }));
    wake();
  });
  /** Waits for a view after a generation, and returns its generation. */
  const after = async (generation: number): Promise<number> => {
    while (latest <= generation && failure === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure !== undefined) throw failure;
    return latest;
  };
  try {
    let known = await after(0);
    // The first values of this process itself have no rates yet.
    if (source.mode === 'own') known = await after(known);
    for (let waits = 0; waits < MAX_PROCESS_WAITS && (await isFindingProcesses(options)); waits++) {
      known = await after(known);
    }
    for (let printed = 0; printed < frames; printed++) {
      if (printed > 0) await after(known);
      known = await printFrame(options, printed > 0);
    }
  } finally {
    reader.stop();
    stop();
  }
}

/** Returns whether the filter tests processes that this process itself has not found yet. */
async function isFindingProcesses({ model, source }: PrintOptions): Promise<boolean> {
  if (source.mode !== 'own' || !filterTestsProcess(model.filter)) return false;
  return ((await source.status()).attribution.unknown.pending ?? 0) > 0;
}

/** Prints a view, and returns its generation. */
async function printFrame(options: PrintOptions, isSeparated: boolean): Promise<number> {
  const { model, source, frames, format, jsonFields, stdout } = options;
  const view = await source.view({
    ...model.rowsRequest,
    limit: frames === 1 ? MAX_ROWS : MAX_ROWS_OF_SEVERAL,
    fields: format === 'json' ? jsonFields : (model.request.fields ?? 'default'),
  });
  if (format === 'json') {
    await write(stdout, Buffer.from(`${JSON.stringify(view)}\n`));
    return view.generation;
  }
  if (view.matched === 0) model.status = await source.status();
  // Archives have no last second.
  if (!model.isArchive) model.second = (await source.overview(OVERVIEW_US)).seconds.at(-1);
  const text = harmlessText(`${printedLines(model, view).join('\n')}\n`);
  await write(stdout, Buffer.from(isSeparated ? `\n${text}` : text));
  return view.generation;
}
