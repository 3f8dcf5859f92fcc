import type { Socket } from 'node:net';
import type { EndReason, Side } from '../../metrics/index.js';
import {
  type Answer,
  chunksOf,
  formatHead,
  formatStreamHead,
  refusal,
  type StreamedAnswer,
  textAnswer,
} from './answer.js';
import { AnswerStream } from './answer-stream.js';
import { cut } from './cut.js';
import type { Deadlines } from './deadlines.js';
import type { Handler, Reply, Transport } from './exchange.js';
import type { Pace } from './pace.js';
import type { Placed } from './places.js';
import { BodyReader, bodyLength, type RequestBody } from './request-body.js';
import { emptyLinesLength, headLength, MAX_HEAD_BYTES, parseHead, type RequestHead } from './request-head.js';

/** Options of {@link HttpConnection}. */
export interface ConnectionOptions {
  readonly socket: Socket;
  readonly side: Side;
  readonly transport: Transport;
  readonly host: string;
  readonly deadlines: Deadlines;
  /** Pace of the connection's side: each read and each request takes one turn. */
  readonly pace: Pace;
  readonly handler: Handler;
  /** Returns the answer to a request that cannot be served. */
  readonly refusalOf: (status: number) => Answer;
  /** Called when the connection is ended for an {@link EndReason}, with the status if it gets an answer. */
  readonly onRefused: (reason: EndReason, status?: number) => void;
  /** Called once, when the connection gives up its place. */
  readonly onEnd: (connection: HttpConnection) => void;
}

/** Maximum of bytes that a client may send after its last answered request: the rest of a body. */
const LINGER_BYTES = 256 * 1024;

/** Seconds after which a client that found no place may try again. */
const RETRY_AFTER_SECONDS = 1;

/** States of a connection before its end. `receiving`: the handler waits for the body. */
type State = 'idle' | 'reading' | 'handling' | 'receiving' | 'writing' | 'streaming' | 'closing';

const NOTHING: Buffer = Buffer.alloc(0);

/** Connection of one client. It reads, answers and writes one request at a time, and reads nothing meanwhile. */
export class HttpConnection implements Placed {
  readonly host: string;
  readonly side: Side;
  sinceMs = performance.now();
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  #state: State | 'ended' = 'reading';
  #deadlineMs: number;
  /** Bytes received after the last served request. */
  #pending = NOTHING;
  /** Number of pending bytes already searched for the end of a head. */
  #searched = 0;
  #inputEnded = false;
  /** True while the end of the client's input ends the connection. */
  #isWatched = false;
  #lastAnswer = false;
  #lingered = 0;
  #done: (() => void) | undefined;
  #stream: AnswerStream | undefined;
  /** Part of the body that came with the head, until the handler has answered. */
  #bodyStart = NOTHING;
  #body: BodyReader | undefined;

  constructor(options: ConnectionOptions) {
    const { socket, side, host, deadlines } = options;
    this.#options = options;
    this.#socket = socket;
    this.side = side;
    this.host = host;
    this.#deadlineMs = this.sinceMs + deadlines.requestMs;
    socket.on('error', (error: NodeJS.ErrnoException) => this.end(LEFT.has(error.code ?? '') ? undefined : 'error'));
    socket.once('close', () => this.end());
    socket.once('end', () => this.#inputDone());
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.resume();
  }

  get isBusy(): boolean {
    return this.#state === 'handling' || this.#state === 'writing' || this.#state === 'streaming';
  }

  /** Ends the connection when the deadline of its current state has passed. */
  expire(nowMs: number): void {
    if (nowMs < this.#deadlineMs) return;
    if (this.#state === 'reading' || this.#state === 'receiving') this.end('slow');
    else if (this.#state === 'writing' || this.#state === 'streaming') this.end('unread');
    else if (this.#state === 'closing') this.#end('reset');
    else this.end();
  }

  /** Ends the connection: after the answer if it is handling a request, else at once. */
  finish(): void {
    this.#lastAnswer = true;
    if (this.#state === 'streaming') this.#stream?.stop();
    else if (!this.isBusy) this.end();
  }

  /** Tells the client to come again later, and ends the connection without reading its request. */
  turnAway(): void {
    const answer = this.#options.refusalOf(503);
    const headers = { 'Retry-After': String(RETRY_AFTER_SECONDS), ...answer.headers };
    this.#socket.write(refusal({ ...answer, headers }));
    this.#close();
  }

  /** Ends the connection now. With a reason, data that the client has not read is discarded. */
  end(reason?: EndReason): void {
    if (this.#state === 'ended') return;
    if (reason !== undefined) this.#options.onRefused(reason);
    this.#end(reason === undefined ? 'close' : 'reset');
  }

  /** Closes or resets the socket. Only a reset frees data in the kernel that the client has not read. */
  #end(how: 'close' | 'reset'): void {
    this.#state = 'ended';
    this.#pending = NOTHING;
    this.#bodyStart = NOTHING;
    this.#body?.abort();
    this.#body = undefined;
    if (how === 'close') this.#socket.destroy();
    else cut(this.#socket, this.#options.transport);
    this.#stream?.abort();
    this.#exchangeDone();
    this.#options.onEnd(this);
  }

  #take(chunk: Buffer): void {
    if (this.#state === 'closing' || this.#state === 'streaming') {
      this.#lingered += chunk.length;
      if (this.#lingered > LINGER_BYTES) this.#end('reset');
      return;
    }
    this.#socket.pause();
    if (this.#body !== undefined) {
      this.#receive(this.#body, chunk);
      return;
    }
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    // In other states these bytes were read ahead, and are parsed after the answer.
    if (this.#state === 'idle' || this.#state === 'reading') this.#parse();
    else if (this.#isWatched && this.#pending.length <= MAX_HEAD_BYTES) this.#socket.resume();
  }

  #parse(): void {
    if (this.#state !== 'idle' && this.#state !== 'reading') return;
    if (this.#searched === 0) this.#pending = this.#pending.subarray(emptyLinesLength(this.#pending));
    if (this.#pending.length > 0 && this.#state === 'idle') this.#expect('reading', this.#options.deadlines.requestMs);
    const length = headLength(this.#pending, this.#searched);
    if ((length ?? this.#pending.length) > MAX_HEAD_BYTES) {
      this.#refuse(431, 'oversized');
    } else if (length !== undefined) {
      this.#begin(length);
    } else if (this.#inputEnded) {
      this.end();
    } else {
      this.#searched = this.#pending.length;
      this.#options.pace.run(() => this.#socket.resume());
    }
  }

  #begin(length: number): void {
    const head = parseHead(this.#pending.subarray(0, length));
    const rest = this.#pending.subarray(length);
    this.#searched = 0;
    if ('status' in head) {
      this.#refuse(head.status, head.status === 431 ? 'oversized' : 'malformed');
      return;
    }
    if (rest.length > MAX_HEAD_BYTES && !head.hasBody) {
      this.end('pipelined');
      return;
    }
    this.#lastAnswer ||= !head.keepAlive || head.hasBody;
    this.#bodyStart = head.hasBody ? rest : NOTHING;
    // Copies the rest, so that it does not keep the whole chunk in memory.
    this.#pending = rest.length === 0 || this.#lastAnswer ? NOTHING : Buffer.from(rest);
    this.#expect('handling', Number.POSITIVE_INFINITY);
    void this.#serve(head);
  }

  async #serve(head: RequestHead): Promise<void> {
    const { handler } = this.#options;
    let answer: Reply;
    try {
      answer = await handler({
        ...head,
        side: this.side,
        transport: this.#options.transport,
        localAddress: this.#socket.localAddress ?? '',
        startedMs: performance.now(),
        onDone: (done) => {
          if (this.#state === 'ended') done();
          else this.#done = done;
        },
        watch: () => this.#watch(),
        readBody: (maxBytes) => this.#readBody(head, maxBytes),
        abandon: (reason) => this.end(reason),
      });
    } catch (error) {
      answer = textAnswer(500, `${error instanceof Error ? error.message : String(error)}\n`);
    }
    this.#isWatched = false;
    this.#bodyStart = NOTHING;
    if (this.#state !== 'handling') return;
    if (!('start' in answer)) this.#write(answer, head.method === 'HEAD');
    else if (answer.isEndless === true && this.#inputEnded) this.end();
    else this.#startStream(answer, head);
  }

  async #readBody({ headers, hasBody }: RequestHead, maxBytes: number): Promise<RequestBody> {
    if (this.#state !== 'handling') return { kind: 'gone' };
    const length = hasBody ? bodyLength(headers) : 0;
    if (length === undefined) return { kind: 'chunked' };
    if (length > maxBytes) return { kind: 'too-large' };
    const start = this.#bodyStart;
    this.#bodyStart = NOTHING;
    return await new Promise((resolve) => {
      const body = new BodyReader(length, resolve);
      if (body.take(start)) return;
      this.#body = body;
      this.#expect('receiving', this.#options.deadlines.requestMs);
      if (this.#inputEnded) this.end();
      else this.#sendContinue(headers);
    });
  }

  /** Lets a client send that waits for permission (RFC 9110, section 10.1.1), and reads on. */
  #sendContinue(headers: ReadonlyMap<string, string>): void {
    if (headers.get('expect')?.toLowerCase() === '100-continue') this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    this.#options.pace.run(() => this.#socket.resume());
  }

  #receive(body: BodyReader, chunk: Buffer): void {
    if (!body.take(chunk)) {
      this.#options.pace.run(() => this.#socket.resume());
      return;
    }
    this.#body = undefined;
    this.#expect('handling', Number.POSITIVE_INFINITY);
  }

  #watch(): void {
    if (this.#state !== 'handling') return;
    this.#isWatched = true;
    if (this.#inputEnded) this.end();
    else this.#socket.resume();
  }

  /** Begins a streamed answer. Further input is dropped, so that the client's end is noticed. */
  #startStream(answer: StreamedAnswer, { method, takesChunks }: RequestHead): void {
    this.#lastAnswer = true;
    this.#isWatched = answer.isEndless === true;
    this.#pending = NOTHING;
    this.#socket.write(formatStreamHead(answer, takesChunks));
    if (method === 'HEAD') {
      this.#exchangeDone();
      this.#close();
      return;
    }
    this.#expect('streaming', Number.POSITIVE_INFINITY);
    const { answerMs } = this.#options.deadlines;
    this.#stream = new AnswerStream({
      socket: this.#socket,
      isChunked: takesChunks,
      onWaiting: (isWaiting) => this.#expect('streaming', isWaiting ? answerMs : Number.POSITIVE_INFINITY),
      onComplete: () => {
        this.#exchangeDone();
        this.#close();
      },
    });
    this.#socket.resume();
    try {
      answer.start(this.#stream);
    } catch {
      this.end('error');
    }
  }

  #write(answer: Answer, isHead: boolean): void {
    const { answerMs, idleMs } = this.#options.deadlines;
    this.#expect('writing', answerMs);
    const head = formatHead(answer, this.#lastAnswer ? undefined : Math.floor(idleMs / 1000));
    const written = (error?: Error | null) => {
      if (error === undefined || error === null) this.#answered(); // else 'error' ends the connection
    };
    if (isHead) {
      this.#socket.write(head, written);
      return;
    }
    this.#socket.cork();
    this.#socket.write(head);
    const chunks = chunksOf(answer.body);
    chunks.forEach((chunk, i) => {
      if (i < chunks.length - 1) this.#socket.write(chunk);
      else this.#socket.write(chunk, written);
    });
    this.#socket.uncork();
  }

  #answered(): void {
    if (this.#state !== 'writing') return;
    this.#exchangeDone();
    this.sinceMs = performance.now();
    if (this.#lastAnswer) {
      this.#close();
      return;
    }
    this.#expect('idle', this.#options.deadlines.idleMs);
    if (this.#pending.length === 0) this.#parse();
    else this.#options.pace.run(() => this.#parse());
  }

  /** Sends an error status, and closes. */
  #refuse(status: number, reason: EndReason): void {
    this.#options.onRefused(reason, status);
    this.#socket.write(refusal(this.#options.refusalOf(status)));
    this.#close();
  }

  /**
   * Ends the sending side, and waits until the client ends its side too, after it has read the answer. Further data is
   * read and dropped: unread data would make the kernel reset the connection before the client has the answer.
   */
  #close(): void {
    this.#expect('closing', this.#options.deadlines.answerMs);
    this.#pending = NOTHING;
    this.#socket.end();
    this.#socket.resume();
  }

  #inputDone(): void {
    this.#inputEnded = true;
    if (this.#state === 'idle' || this.#state === 'reading') this.#parse();
    else if (this.#state === 'closing' || this.#state === 'receiving' || this.#isWatched) this.end();
  }

  #expect(state: State, timeMs: number): void {
    if (this.#state === 'ended') return;
    this.#state = state;
    this.#deadlineMs = performance.now() + timeMs;
  }

  #exchangeDone(): void {
    const done = this.#done;
    this.#done = undefined;
    done?.();
  }
}

/** Socket errors that mean that the client has left. */
const LEFT: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH']);
