import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupsRequest, ViewRequest } from '../../../../live/answers/index.js';
import type { LiveAddress } from '../../../../live/client/index.js';
import { timeText } from '../../../../live/store/index.js';
import type {
  AlertsJson,
  CompleteJson,
  ConnectionAnswerJson,
  ConnectionHttpJson,
  DeltaEventJson,
  GroupsJson,
  HttpJson,
  OverviewJson,
  RecordingStartedJson,
  StatusJson,
  ViewEventJson,
  ViewJson,
} from '../../../../live/wire/index.js';
import {
  SourceError,
  type SourceEvent,
  type SourceMode,
  type TimelineJson,
  type TimelineRequest,
  type TopSource,
} from '../../../../view/top/index.js';
import { HttpClient } from './http-client.js';

/** Time between two attempts to reach the collector again. */
const RETRY_MS = 1000;
/** Time between messages that are not needed. */
const SELDOM = '30s';

/** Connections of a running collector, read over its API. */
export class ClientSource implements TopSource {
  readonly place: string;
  readonly #client: HttpClient;

  private constructor(
    client: HttpClient,
    readonly mode: SourceMode,
  ) {
    this.#client = client;
    this.place = client.address.text;
  }

  /** Connects to a collector. @throws SourceError if it cannot be reached, or refuses */
  static async connect(address: LiveAddress): Promise<ClientSource> {
    const client = new HttpClient(address);
    try {
      const { mode } = await client.get<StatusJson>('/status');
      return new ClientSource(client, mode);
    } catch (error) {
      client.close();
      throw error;
    }
  }

  async status(): Promise<StatusJson> {
    return await this.#client.get('/status');
  }

  async view(request: ViewRequest): Promise<ViewJson> {
    return await this.#client.get('/connections', { ...request });
  }

  async groups(request: GroupsRequest): Promise<GroupsJson> {
    return await this.#client.get('/groups', { ...request });
  }

  async overview(windowUs: number): Promise<OverviewJson> {
    return await this.#client.get('/overview', { window: duration(windowUs) });
  }

  async connection(key: string): Promise<ConnectionAnswerJson> {
    return await this.#client.get(`/connections/${encodeURIComponent(key)}`);
  }

  async timeline(key: string, { fromUs, untilUs, widthUs }: TimelineRequest): Promise<TimelineJson> {
    return await this.#client.get(`/connections/${encodeURIComponent(key)}/timeline`, {
      from: fromUs === undefined ? undefined : timeText(fromUs),
      until: untilUs === undefined ? undefined : timeText(untilUs),
      width: widthUs === undefined ? undefined : duration(widthUs),
      // Charts are drawn anew each second: too often to read archives.
      source: this.mode === 'live' ? 'memory' : undefined,
    });
  }

  async alerts(): Promise<AlertsJson> {
    return await this.#client.get('/alerts');
  }

  async http(): Promise<HttpJson> {
    return await this.#client.get('/http');
  }

  async exchanges(key: string): Promise<ConnectionHttpJson> {
    return await this.#client.get(`/connections/${encodeURIComponent(key)}/http`);
  }

  async record(key: string): Promise<RecordingStartedJson> {
    return await this.#client.change('POST', '/recordings', { id: key });
  }

  watch(key: string): () => void {
    const stop = new AbortController();
    void this.#keepOpen(`/connections/${encodeURIComponent(key)}/stream`, stop.signal);
    return () => stop.abort();
  }

  async beginWatch(key: string, intervalMs: number, forSec: number): Promise<void> {
    await this.#client.change('POST', '/watches', { id: key, intervalMs, forSec });
  }

  async endWatch(watch: string): Promise<void> {
    await this.#client.change('DELETE', `/watches/${watch}`);
  }

  async complete(text: string, at: number): Promise<CompleteJson> {
    return await this.#client.get('/complete', { text, at });
  }

  subscribe(request: ViewRequest, everyMs: number, listener: (event: SourceEvent) => void): () => void {
    const stop = new AbortController();
    void this.#follow(request, everyMs, listener, stop.signal);
    return () => stop.abort();
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  /** Keeps a stream open whose messages are not needed, until it is stopped or refused: timelines then say so. */
  async #keepOpen(path: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#client.stream(path, { every: SELDOM }, () => undefined, signal);
        return; // the connection has ended
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        if (error.isWrong) return;
      }
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined); // stopped while waiting
    }
  }

  /** Reads the stream, again and again, until it is stopped or the request is refused. */
  async #follow(
    request: ViewRequest,
    everyMs: number,
    listener: (event: SourceEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const report = (event: SourceEvent): void => {
      if (!signal.aborted) listener(event);
    };
    const parameters = { ...request, every: `${everyMs}ms` };
    while (!signal.aborted) {
      try {
        await this.#client.stream('/stream', parameters, (line) => takeLine(line, report), signal);
        report({ kind: 'lost', reason: 'the collector has ended the stream' });
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        if (error.isWrong) {
          report({ kind: 'refused', reason: error.message });
          return;
        }
        report({ kind: 'lost', reason: error.message });
      }
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined); // stopped while waiting
    }
  }
}

/**
 * Reports a line of the stream; others than `view` and `delta`, such as `ping`, only keep the stream alive.
 * @throws SourceError for a line that is no message
 */
function takeLine(line: unknown, report: (event: SourceEvent) => void): void {
  const message = line as Readonly<Record<string, unknown>> | null;
  const event = message?.['event'];
  if (typeof event !== 'string') throw unexpected();
  if (event !== 'view' && event !== 'delta') return;
  const { rows, order, time } = message as Readonly<Record<string, unknown>>;
  if (typeof rows !== 'object' || rows === null || typeof time !== 'string') throw unexpected();
  // The collector's messages have the types of live/wire/.
  if (event === 'delta') report({ kind: 'delta', delta: message as unknown as DeltaEventJson });
  else if (Array.isArray(order)) report({ kind: 'view', view: message as unknown as ViewEventJson });
  else throw unexpected();
}

function unexpected(): SourceError {
  return new SourceError('the stream has an unexpected message', false);
}

/** Formats a duration for the API. */
function duration(us: number): string {
  return us % 1000 === 0 ? `${us / 1000}ms` : `${us}us`;
}
