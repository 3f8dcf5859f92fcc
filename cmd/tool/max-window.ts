import { InvalidArgumentError, Option } from 'commander';
import { MAX_WINDOW_EXPECTED, parseMaxWindow } from '../flags/max-window.js';

/** Returns the option `--max-window`, which every tool that reads archives has. */
export function maxWindowOption(): Option {
  return new Option(
    '--max-window <SIZE>',
    'longest window of a zstd frame, which takes as much memory (default 128MiB)',
  ).argParser((text: string) => {
    const bytes = parseMaxWindow(text);
    if (bytes === undefined) throw new InvalidArgumentError(MAX_WINDOW_EXPECTED);
    return bytes;
  });
}
