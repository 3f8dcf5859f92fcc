import type {
  CellEventJson,
  ConnectionAnswerJson,
  ConnectionEventJson,
  ConnectionHttpJson,
  HttpExchangeJson,
  ProblemJson,
  RowJson,
  TimelineJson,
} from '../../live/wire/index.js';
import { mergeRow } from '../../view/rows/index.js';
import type { ChartRange } from '../charts/index.js';
import { type ApiClient, ProblemError, type StreamEvent } from '../client/index.js';
import { Course, type CourseCell, placed } from './course.js';
import type { KnownTime } from './course-series.js';

/** State of what is known of a connection. */
export type WatchPhase =
  | { readonly kind: 'loading' }
  /** The stream goes on. */
  | { readonly kind: 'live' }
  | { readonly kind: 'closed' }
  /** The page is frozen: nothing is asked for any more. */
  | { readonly kind: 'frozen' }
  /** The stream broke off, and is tried again. `sinceMs` is a time of `performance.now()`. */
  | { readonly kind: 'lost'; readonly reason: string; readonly sinceMs: number }
  /** The API refuses: unknown, several, or another problem. */
  | { readonly kind: 'refused'; readonly problem: ProblemJson };

/** Timeline's words about a connection: why it was slow, and where the course is from. */
export type WatchWords = Pick<
  TimelineJson,
  'verdict' | 'evidence' | 'nextStep' | 'archives' | 'source' | 'reason' | 'memoryFromUs'
>;

/** Options of {@link ConnectionWatch}. */
export interface ConnectionWatchOptions {
  readonly api: ApiClient;
  /** Key of the row, or another id of the API. */
  readonly id: string;
  /** Time at which the page is frozen, microseconds since 1970; undefined while it is live. */
  readonly frozenUs?: number | undefined;
  /** Row of the frozen copy: its values are those of that time. */
  readonly frozenRow?: RowJson | undefined;
  /** True if the connection is in archives, where nothing follows. */
  readonly isArchive?: boolean;
  readonly onChange: () => void;
}

/** Width of cells while a connection is watched. */
const WIDTH = '50ms';
/** Time of the first message of a stream. */
const WINDOW = '10s';
/** Messages of the stream between two looks at the counters and words. */
const LOOK_EVERY = 3;
/** Cells that a zoomed range should have. */
const FINE_CELLS = 1000;
/** A range whose cells are as many as this is not asked for anew. */
const ENOUGH_CELLS = 400;

/** Clients of collectors that read no HTTP: these are asked once. */
const WITHOUT_HTTP = new WeakSet<ApiClient>();

/** Follows one connection: its row, its course, and its HTTP exchanges. Everything that fails is in the state. */
export class ConnectionWatch {
  readonly course = new Course();
  phase: WatchPhase = { kind: 'loading' };
  /** Row with all its parts; undefined before the first answer. */
  answer: ConnectionAnswerJson | undefined;
  words: WatchWords | undefined;
  /** Last HTTP exchanges; undefined if HTTP is not read. */
  exchanges: readonly HttpExchangeJson[] | undefined;
  /** Sentence about what the charts lack; undefined if they lack nothing. */
  lack: string | undefined;
  /** Problem of the last request for a part of the past; undefined if it succeeded. */
  pastProblem: string | undefined;
  readonly #options: ConnectionWatchOptions;
  readonly #abort = new AbortController();
  #endStream: (() => void) | undefined;
  /** Time of the last message, microseconds since 1970, and the same on the clock of `performance.now()`. */
  #heardUs = 0;
  #heardAtMs = 0;
  #messages = 0;
  #isLooking = false;
  /** True once the reader wanted all of the past, which archives have. */
  #wantsAll = false;
  /** Finer cells of the range that the reader looks at. */
  #fine: { readonly range: ChartRange; readonly cells: readonly CourseCell[] } | undefined;
  #fineAbort: AbortController | undefined;

  constructor(options: ConnectionWatchOptions) {
    this.#options = options;
    if (options.frozenUs === undefined) this.#follow();
    else void this.#freeze(options.frozenUs);
  }

  /** Ends all requests. */
  stop(): void {
    this.#endStream?.();
    this.#fineAbort?.abort();
    this.#abort.abort();
  }

  /** Time that is known of the connection. */
  get known(): KnownTime {
    const { course, phase, answer } = this;
    const fromUs = course.fromUs ?? this.#heardUs;
    const isGrowing = this.#options.isArchive !== true && phase.kind !== 'closed' && answer?.open !== false;
    // While it lives, silence means that nothing has changed; and the last cell reaches beyond what was heard.
    const untilUs = isGrowing ? this.#heardUs : course.untilUs;
    return { fromUs, untilUs: Math.max(untilUs ?? this.#heardUs, fromUs + 1), isGrowing };
  }

  /** Returns the cells of a range: finer ones if they were loaded. */
  cells(range: ChartRange): readonly CourseCell[] {
    const fine = this.#fine;
    const isWithin = fine !== undefined && fine.range.fromMs <= range.fromMs && fine.range.untilMs >= range.untilMs;
    return isWithin ? fine.cells : this.course.cells();
  }

  /** Loads finer cells of a range that the reader has chosen. */
  async look(range: ChartRange): Promise<void> {
    this.#fineAbort?.abort();
    const spanUs = (range.untilMs - range.fromMs) * 1000;
    const fromUs = range.fromMs * 1000;
    const within = this.cells(range).filter((cell) => cell.endUs > fromUs && cell.startUs < fromUs + spanUs);
    const shortestUs = within.reduce((least, { widthUs }) => Math.min(least, widthUs), Number.POSITIVE_INFINITY);
    if (spanUs / shortestUs >= ENOUGH_CELLS && within.length > 0) return;
    const abort = new AbortController();
    this.#fineAbort = abort;
    // Room for a small move without another request.
    const extraMs = (range.untilMs - range.fromMs) / 4;
    const wide = { fromMs: range.fromMs - extraMs, untilMs: range.untilMs + extraMs };
    const times = { from: timeText(wide.fromMs), until: timeText(this.#within(wide.untilMs)) };
    const width = `${Math.max(1, Math.ceil(spanUs / 1000 / FINE_CELLS))}ms`;
    try {
      const timeline = await this.#get<TimelineJson>('/timeline', { ...times, width }, abort.signal);
      const cells = placed(timeline.startUs, timeline.widthUs, timeline.timeline);
      this.#fine = cells.length === 0 ? undefined : { range: wide, cells };
      this.pastProblem = timeline.reason;
    } catch (error) {
      if (abort.signal.aborted || this.#abort.signal.aborted) return;
      this.pastProblem = problemOf(error).detail;
    }
    this.#options.onChange();
  }

  /** Returns to the cells of the whole course. */
  lookAtAll(): void {
    this.#fineAbort?.abort();
    this.#fine = undefined;
    this.pastProblem = undefined;
  }

  /** Asks for a problem's request again. */
  retry(): void {
    this.phase = { kind: 'loading' };
    const { frozenUs } = this.#options;
    if (frozenUs === undefined) this.#follow();
    else void this.#freeze(frozenUs);
    this.#options.onChange();
  }

  /** Returns the path of a route of the connection. */
  path(route: string): string {
    return `/connections/${encodeURIComponent(this.#options.id)}${route}`;
  }

  /** Returns the collector's time for one of `performance.now()`, microseconds since 1970. */
  nowUs(nowMs: number): number {
    return this.#heardUs + Math.max(0, nowMs - this.#heardAtMs) * 1000;
  }

  /** Loads the whole course, also what memory lacks and archives have. */
  async loadAll(): Promise<void> {
    const { frozenUs } = this.#options;
    if (this.#wantsAll || frozenUs !== undefined) return;
    this.#wantsAll = true;
    if (this.phase.kind === 'live') await this.#load({});
  }

  #hear(time: string): void {
    this.#heardUs = Math.max(this.#heardUs, Date.parse(time) * 1000);
    this.#heardAtMs = performance.now();
  }

  #within(untilMs: number): number {
    return Math.min(untilMs, this.known.untilUs / 1000);
  }

  #follow(): void {
    this.#endStream?.();
    this.#endStream = this.#options.api.stream(this.path('/stream'), { width: WIDTH, window: WINDOW }, (event) => {
      this.#take(event);
      this.#options.onChange();
    });
  }

  #take(event: StreamEvent): void {
    if (event.kind === 'refused') {
      this.phase = { kind: 'refused', problem: event.problem };
      return;
    }
    if (event.kind === 'lost') {
      this.phase = { kind: 'lost', reason: event.reason, sinceMs: event.sinceMs };
      return;
    }
    if (event.event === 'view') this.#begin(event.data as ConnectionEventJson);
    else if (event.event === 'cell') this.#add(event.data as CellEventJson);
    else if (event.event === 'closed') this.#end(event.data as ConnectionEventJson);
  }

  #begin(answer: ConnectionEventJson): void {
    this.answer = answer;
    this.#hear(answer.time);
    if (answer.open === false) {
      this.#end(answer);
      return;
    }
    this.phase = { kind: 'live' };
    if (this.#options.isArchive === true) {
      // Nothing follows: archives have no end of it, and no further record either.
      this.#endStream?.();
      void this.#load({});
      return;
    }
    this.course.beginStream();
    void this.#load(this.#wantsAll ? {} : { source: 'memory' });
    void this.#loadExchanges();
  }

  #add(event: CellEventJson): void {
    this.phase = { kind: 'live' };
    this.#hear(event.time);
    this.course.add(event);
    this.lack = event.reason;
    const { answer } = this;
    if (answer !== undefined && event.now !== null) this.answer = { ...answer, now: { ...answer.now, ...event.now } };
    this.#messages++;
    if (this.#messages % LOOK_EVERY === 0) void this.#lookAgain();
  }

  #end(answer: ConnectionEventJson): void {
    this.#endStream?.();
    this.answer = answer;
    this.#hear(answer.time);
    this.phase = { kind: 'closed' };
    // First what memory has: archives may take a while, or be busy.
    void this.#load({ source: 'memory' }).then(() => this.#load({}));
    void this.#loadExchanges();
  }

  async #freeze(frozenUs: number): Promise<void> {
    this.#heardUs = frozenUs;
    try {
      const answer = await this.#get<ConnectionAnswerJson>('', {}, this.#abort.signal);
      const { frozenRow } = this.#options;
      this.answer = frozenRow === undefined ? answer : { ...answer, ...mergeRow(answer, frozenRow) };
      this.phase = { kind: 'frozen' };
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.phase = { kind: 'refused', problem: problemOf(error) };
    }
    this.#options.onChange();
    if (this.phase.kind !== 'frozen') return;
    await Promise.all([this.#load({ until: timeText(frozenUs / 1000) }), this.#loadExchanges()]);
  }

  /** Loads the course and the words about it. */
  async #load(parameters: Readonly<Record<string, string>>): Promise<void> {
    try {
      const timeline = await this.#get<TimelineJson>('/timeline', parameters, this.#abort.signal);
      const isWhole = this.answer?.open === false && timeline.source === 'archive' && parameters['until'] === undefined;
      if (isWhole) this.course.setWhole(timeline);
      else this.course.setPast(timeline);
      this.words = timeline;
      this.pastProblem = timeline.reason;
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.pastProblem = problemOf(error).detail;
    }
    this.#options.onChange();
  }

  /** Loads counters and words anew; cells come by the stream. */
  async #lookAgain(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { signal } = this.#abort;
    try {
      const now = timeText(this.#heardUs / 1000);
      const [answer, words] = await Promise.all([
        this.#get<ConnectionAnswerJson>('', {}, signal),
        this.#get<TimelineJson>('/timeline', { source: 'memory', from: now }, signal),
        this.#loadExchanges(),
      ]);
      if (this.phase.kind === 'live') {
        this.answer = answer;
        this.words = { ...words, ...(this.words === undefined ? {} : { source: this.words.source }) };
      }
    } catch (error) {
      // The stream says what is wrong; until then the last values stay.
      if (!signal.aborted) this.pastProblem = problemOf(error).detail;
    } finally {
      this.#isLooking = false;
    }
    this.#options.onChange();
  }

  async #loadExchanges(): Promise<void> {
    const { api } = this.#options;
    if (WITHOUT_HTTP.has(api)) return;
    try {
      const { exchanges } = await this.#get<ConnectionHttpJson>('/http', {}, this.#abort.signal);
      this.exchanges = exchanges;
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      // Without HTTP there is nothing to show, and nothing to ask for again; others are tried with the next look.
      if (problemOf(error).code === 'ERR_NO_HTTP') WITHOUT_HTTP.add(api);
    }
    this.#options.onChange();
  }

  async #get<T>(route: string, parameters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<T> {
    return await this.#options.api.get<T>(this.path(route), parameters, signal);
  }
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Returns the problem of a failed request. @throws other errors: defects of the page */
function problemOf(error: unknown): ProblemJson {
  if (error instanceof ProblemError) return error.problem;
  throw error;
}
