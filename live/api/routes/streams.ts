import type { ViewMessage } from '../../answers/index.js';
import { acceptsGzip, type Exchange, type Reply } from '../../http/index.js';
import type { ApiContext, ApiRequest, ApiRoute, RouteAnswer } from '../context.js';
import { findRow } from '../find-row.js';
import { type Parameters, WIDTH_RANGE_US } from '../parameters.js';
import { AlertStream, lastGeneration } from '../streams/alert-stream.js';
import { StreamClient } from '../streams/client.js';
import { ConnectionStream } from '../streams/connection-stream.js';
import { STREAM_TYPES, streamType } from '../streams/message-format.js';
import { PackedStream } from '../streams/packed-stream.js';
import { ViewStream } from '../streams/view-stream.js';
import { VIEW_PARAMETERS, viewRequest } from '../view-parameters.js';

/** Most rows of a stream's window. */
const MAX_ROWS = 1000;
const MIN_EVERY_US = 100e3;
const MAX_EVERY_US = 60e6;
const DEFAULT_EVERY_US = 1e6;
const DEFAULT_WINDOW_US = 60e6;
const MAX_WINDOW_US = 24 * 3600e6;

const ANSWERS: readonly RouteAnswer[] = STREAM_TYPES.map((type) => ({ type, description: 'Messages' }));

/** Routes that stream. */
export const STREAM_ROUTES: readonly ApiRoute[] = [
  {
    path: '/stream',
    summary: 'Window of a list, its changes, and transitions of alerts: messages view, delta, alert, ping, end',
    parameters: [...VIEW_PARAMETERS, 'every'],
    answers: ANSWERS,
    handle: streamView,
  },
  {
    path: '/connections/{id}/stream',
    summary: 'Course of one connection: messages view, cell, closed, ping, end',
    parameters: ['netns', 'window', 'every', 'width'],
    answers: ANSWERS,
    handle: streamConnection,
  },
];

function everyMs(parameters: Parameters): number {
  return (parameters.durationUs('every', { min: MIN_EVERY_US, max: MAX_EVERY_US }) ?? DEFAULT_EVERY_US) / 1000;
}

/** Stream that is prepared before its answer begins, so that a wrong request gets an error instead. */
interface Prepared {
  /** Begins to send. */
  begin(client: StreamClient): void;
  /** Ends it, begun or not; may be called again. */
  end(): void;
}

function streamView({ parameters, exchange }: ApiRequest, context: ApiContext): Reply {
  const request = viewRequest(parameters, MAX_ROWS);
  const every = everyMs(parameters);
  return streamed(exchange, context, () => {
    let view: ViewStream | undefined;
    /** Latest state before the beginning. */
    let early: ViewMessage | undefined;
    let unsubscribe: (() => void) | undefined = context.answering.subscribe(request, every, (message) => {
      if (view === undefined) early = message;
      else view.next(message);
    });
    const ends: (() => void)[] = [];
    const begin = (client: StreamClient): void => {
      view = new ViewStream(client);
      if (early !== undefined) view.next(early);
      const { alerts, store } = context;
      if (alerts === undefined) return;
      const stream = new AlertStream(client, alerts.history, lastGeneration(exchange.headers.get('last-event-id')));
      stream.flush();
      // Later ones wait for a client that has not read all.
      ends.push(
        alerts.history.onAdded(() => stream.flush()),
        store.onGeneration(() => stream.flush()),
      );
    };
    const end = (): void => {
      unsubscribe?.();
      unsubscribe = undefined;
      for (const each of ends.splice(0)) each();
    };
    return { begin, end };
  });
}

async function streamConnection(request: ApiRequest, context: ApiContext): Promise<Reply> {
  const { parameters, exchange } = request;
  const { store, answering, log } = context;
  const windowUs = parameters.durationUs('window', { min: 1e6, max: MAX_WINDOW_US }) ?? DEFAULT_WINDOW_US;
  const every = everyMs(parameters);
  const widthUs = parameters.durationUs('width', WIDTH_RANGE_US);
  const row = await findRow(request, context);
  return streamed(exchange, context, () => {
    const ends: (() => void)[] = [store.watch?.(row) ?? (() => undefined)];
    const begin = (client: StreamClient): void => {
      const stream = new ConnectionStream({ client, row, store, answering, windowUs, everyMs: every, widthUs });
      const failed = (error: unknown): void => {
        log.warn('stream of a connection failed', { error: String(error) });
        client.end({ reason: 'failed' });
      };
      stream.begin();
      ends.push(store.onGeneration(() => void stream.next(performance.now()).catch(failed)));
      ends.push(store.onClosed(row, () => void stream.close().catch(failed)));
    };
    const end = (): void => {
      for (const each of ends.splice(0)) each();
    };
    return { begin, end };
  });
}

/** @throws ProblemError, and errors of `prepare` */
function streamed(exchange: Exchange, { bounds, metrics, stopping }: ApiContext, prepare: () => Prepared): Reply {
  const type = streamType(exchange);
  const isPacked = acceptsGzip(exchange.headers.get('accept-encoding'));
  const free = bounds.streams.take();
  let prepared: Prepared;
  try {
    prepared = prepare();
  } catch (error) {
    free();
    throw error;
  }
  const finish = (): void => {
    free();
    prepared.end();
  };
  exchange.onDone(finish);
  return {
    status: 200,
    headers: {
      'Content-Type': type === 'text/event-stream' ? type : `${type}; charset=utf-8`,
      ...(isPacked ? { 'Content-Encoding': 'gzip' } : {}),
      Vary: 'Accept-Encoding',
    },
    isEndless: true,
    start: (body) => {
      const stream = isPacked ? new PackedStream(body) : body;
      const client = new StreamClient({ stream, type, metrics });
      const stop = (): void => client.end({ reason: 'stopping' });
      exchange.onDone(() => {
        stopping.removeEventListener('abort', stop);
        client.stop();
        finish();
      });
      prepared.begin(client);
      if (!client.isOpen) finish();
      else if (stopping.aborted) stop();
      else stopping.addEventListener('abort', stop);
    },
  };
}
