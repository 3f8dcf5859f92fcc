import { ReadStream, WriteStream } from 'node:tty';
import type { Command } from 'commander';
import { ExpressionError } from '../../../expression/index.js';
import { compileWantedExchanges } from '../../../fields/index.js';
import { type HttpCounts, type HttpExchange, microseconds } from '../../../http/index.js';
import { COMBINED_HEADERS, TrafficAlert } from '../../../http/report/index.js';
import { alertSentence, captureSentence } from '../../../view/http/index.js';
import { textStyle } from '../../../view/index.js';
import { messageLine, oneLine } from '../../../words/index.js';
import { EXIT_FAILED, EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { FilterError, filterError } from '../../tool/filter-option.js';
import { type Interruption, interruption } from '../../tool/interruption.js';
import { isWritten } from '../../tool/line-output.js';
import { hasReaderGone, type OutputError } from '../../tool/output.js';
import { type ReaderWatch, watchReader } from '../../tool/reader-watch.js';
import { columnsOf } from './columns.js';
import { CaptureFileError } from './file-source.js';
import type { HttpOutput } from './http-output.js';
import type { HttpSource } from './http-source.js';
import { exchangeLines } from './line-outputs.js';
import { LineWriter } from './line-writer.js';
import { type Format, type HttpOptions, PROGRAM, wantedPorts } from './options.js';
import { ReportOutput } from './report-output.js';
import { openSource } from './sources.js';
import { UsageError } from './usage-error.js';

/** Time between two looks at what has ended, milliseconds. */
const LOOK_MS = 100;
/** Headers whose values are secrets (RFC 9110, section 11.6.2 and 11.7.2; RFC 6265). */
const SECRETS = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);
/** Errors whose message is complete for a user, by name: the classes of captures are loaded only for one. */
const EXPECTED = new Set([
  'AddonError',
  'BootPrefixError',
  'ConntrackError',
  'NamespaceError',
  'OutputError',
  'PacketCaptureError',
  'SockDiagError',
]);

/**
 * Shows exchanges until the end of the files, a signal or the user ends it. Returns the exit code.
 * @throws every error that is a defect
 */
export async function showHttp(command: Command, context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  ignoreErrorEvents(stdout, stderr);
  const say = (text: string): void => void stderr.write(messageLine(PROGRAM, oneLine(text)));
  try {
    const code = await new HttpRun(command, context, say).run();
    // A pipe that no program reads would keep the process alive for ever.
    if (!(await isWritten(stdout, stderr))) process.exit(code);
    return code;
  } catch (error) {
    if (hasReaderGone(error)) return EXIT_OK;
    if (error instanceof FilterError) {
      stderr.write(messageLine(PROGRAM, error.message));
      return EXIT_USAGE;
    }
    if (error instanceof UsageError) {
      say(`${error.message} (see --help)`);
      return EXIT_USAGE;
    }
    if (error instanceof CaptureFileError) {
      say(error.message);
      return error.isWrong ? EXIT_USAGE : EXIT_FAILED;
    }
    if (!(error instanceof Error) || !EXPECTED.has(error.name)) throw error;
    say(error.message);
    // Without the right nothing was tried, as with a wrong argument.
    const { code } = error as NodeJS.ErrnoException;
    return error.name === 'PacketCaptureError' && code === 'ERR_PERMISSION' ? EXIT_USAGE : EXIT_FAILED;
  }
}

/** One run of the command. */
class HttpRun {
  readonly #options: HttpOptions;
  readonly #files: readonly string[];
  readonly #hasRefresh: boolean;
  readonly #given: Partial<Record<'top' | 'sections', true>>;
  readonly #context: CommandContext;
  readonly #say: (text: string) => void;
  readonly #end: Interruption;
  readonly #writer: LineWriter;
  #failure: OutputError | undefined;
  #isDamaged = false;
  readonly #reader: ReaderWatch;
  #hasReaderGone = false;

  constructor(command: Command, context: CommandContext, say: (text: string) => void) {
    const isGiven = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
    this.#options = command.opts<HttpOptions>();
    this.#files = command.args;
    this.#hasRefresh = isGiven('refresh');
    this.#given = { ...(isGiven('top') ? { top: true } : {}), ...(isGiven('sections') ? { sections: true } : {}) };
    this.#context = context;
    this.#say = say;
    // Before the other watch, which ends the run: the reason is known then.
    this.#reader = watchReader(context.stdout, () => {
      this.#hasReaderGone = true;
    });
    this.#end = interruption(context, this.#options.duration);
    this.#writer = new LineWriter(context.stdout, {
      onFailure: (error) => {
        this.#failure = error;
        this.#end.end();
      },
      onLeftOut: (lines) => say(`${lines} lines left out: no program read them in time`),
    });
  }

  async run(): Promise<number> {
    try {
      return await this.#run();
    } finally {
      this.#end.clear();
      this.#reader.stop();
    }
  }

  async #run(): Promise<number> {
    const format = this.#format();
    const isFile = this.#files.length > 0;
    const { header } = this.#options;
    const columns = format === 'tsv' ? columnsOf(this.#options.fields, { isFile, headers: header }) : [];
    if (format !== 'tsv' && this.#options.fields !== undefined) throw new UsageError('--fields is for --format=tsv');
    this.#requireNames();
    const wanted = this.#wanted();
    for (const name of header.filter((each) => SECRETS.has(each))) {
      this.#say(`--header=${name}: its values are secrets, and are printed as they are`);
    }
    const source = await openSource(this.#files, {
      options: this.#options,
      ports: wantedPorts(this.#options, isFile),
      headers: [...new Set([...header, ...(format === 'combined' ? COMBINED_HEADERS : [])])],
      // A filter, and lines, need whole exchanges.
      isCounted: !isFile && wanted === undefined && !hasLines(format),
      say: this.#say,
      onDamage: (text) => {
        this.#isDamaged = true;
        this.#say(text);
      },
    });
    const output = await this.#open(format, source, columns);
    const timer = isFile ? undefined : setInterval(() => advance(output, source), LOOK_MS);
    const add = (exchange: HttpExchange): void => {
      if (wanted === undefined || wanted(exchange)) output.add(exchange);
    };
    try {
      await source.run({ add, count: (exchange) => output.count?.(exchange) }, () => this.#room(), this.#end.signal);
    } catch (error) {
      // Of a file that cannot be read at all there is nothing to report.
      if (source.counts.packets.read > 0 || !isFile) await output.finish(source.nowUs ?? nowUs());
      throw error;
    } finally {
      clearInterval(timer);
    }
    await output.finish(source.nowUs ?? nowUs());
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#hasReaderGone) return EXIT_OK;
    this.#say(captureSentence(source.counts));
    return this.#exitCode(source);
  }

  /** Promiscuous mode is for interfaces that the user names. @throws UsageError */
  #requireNames(): void {
    const { promiscuous, interface: interfaces } = this.#options;
    if (!promiscuous) return;
    if (this.#files.length > 0) throw new UsageError('--promiscuous is for the network, not for files');
    if (interfaces === undefined || interfaces.some((name) => /[*?]/.test(name))) {
      throw new UsageError('--promiscuous needs --interface=NAME, without patterns');
    }
  }

  /** Waits until the reader has taken most of the output, or the user ends the run. */
  async #room(): Promise<void> {
    const { signal } = this.#end;
    if (signal.aborted) return;
    let stop: () => void = () => undefined;
    const aborted = new Promise<void>((resolve) => {
      stop = resolve;
    });
    signal.addEventListener('abort', stop);
    await Promise.race([this.#writer.room(), aborted]);
    signal.removeEventListener('abort', stop);
  }

  #format(): Format {
    const { stdout } = this.#context;
    const { format } = this.#options;
    const isDrawn =
      stdout instanceof WriteStream && process.stdin instanceof ReadStream && process.env['TERM'] !== 'dumb';
    if (format === 'screen' && !isDrawn) throw new UsageError('--format=screen needs a terminal');
    if (this.#files.length > 0) return format === undefined || format === 'screen' ? 'text' : format;
    return format ?? (isDrawn ? 'screen' : 'text');
  }

  /** @throws FilterError */
  #wanted(): ((exchange: HttpExchange) => boolean) | undefined {
    const { filter, method, interface: interfaces } = this.#options;
    try {
      return compileWantedExchanges({
        ...(filter === undefined ? {} : { condition: filter }),
        ...(method === undefined ? {} : { methods: method }),
        ...(interfaces === undefined ? {} : { interfaces }),
      });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw filterError('--filter', filter ?? '', error);
    }
  }

  async #open(
    format: Format,
    source: HttpSource,
    columns: Parameters<typeof exchangeLines>[1]['columns'],
  ): Promise<HttpOutput> {
    const {
      options: { alertThreshold, alertSpan, refresh, top, sections },
    } = { options: this.#options };
    const writer = this.#writer;
    const isLines = hasLines(format);
    const alert = new TrafficAlert({
      threshold: alertThreshold,
      spanUs: alertSpan * 1000,
      ...(isLines ? { onEvent: (event) => this.#say(alertSentence(event)) } : {}),
    });
    if (hasLines(format)) return exchangeLines(format, { writer, alert, columns });
    const isFile = this.#files.length > 0;
    const spanUs = isFile && !this.#hasRefresh ? Number.POSITIVE_INFINITY : refresh * 1000;
    const limits = { top, sections };
    const style = textStyle(this.#context.stdout, process.env);
    const fromUs = isFile ? undefined : nowUs();
    if (format === 'screen') {
      const { ScreenOutput } = await import('./screen-output.js');
      return new ScreenOutput({
        source,
        alert,
        spanUs,
        fromUs: fromUs ?? nowUs(),
        limits,
        style,
        input: process.stdin as ReadStream,
        output: this.#context.stdout as WriteStream & { readonly fd: number },
        hasColours: (process.env['NO_COLOR'] ?? '') === '',
        signals: this.#context.signals,
        writer,
        onEnd: this.#end.end,
      });
    }
    return new ReportOutput({
      format,
      writer,
      source,
      alert,
      spanUs,
      ...(fromUs === undefined ? {} : { fromUs }),
      limits,
      jsonLimits: {
        ...(this.#given.top === true ? { top } : {}),
        ...(this.#given.sections === true ? { sections } : {}),
      },
      // A pipe or a file has no width: nothing is cut.
      style: this.#context.stdout instanceof WriteStream ? style : { ...style, width: Number.POSITIVE_INFINITY },
    });
  }

  #exitCode({ counts }: HttpSource): number {
    return this.#isDamaged || hasLoss(counts) || this.#writer.leftOut > 0 ? EXIT_INCOMPLETE : EXIT_OK;
  }
}

/** Returns whether a format has a line for each exchange. */
function hasLines(format: Format): format is 'jsonl' | 'combined' | 'tsv' {
  return format === 'jsonl' || format === 'combined' || format === 'tsv';
}

/** Returns whether packets were dropped, or messages could not be read because bytes were missed. */
function hasLoss({ packets, gaps, unpaired }: HttpCounts): boolean {
  return packets.dropped + gaps + unpaired.gap + unpaired.overload > 0;
}

function advance(output: HttpOutput, { nowUs: seenUs, open }: HttpSource): void {
  if (seenUs !== undefined) output.advance(seenUs, open === null ? undefined : microseconds(open.sinceNs));
}

function nowUs(): number {
  return Date.now() * 1000;
}
