import {
  ConnectionBuilder,
  type ConnectionIdentity,
  type ConnectionRow,
  Deriver,
  identify,
  identifyFurther,
  newObservation,
  observe,
} from '../../analysis/index.js';
import type { ArchivedRecord, Metadata } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { Timeline } from './timeline.js';
import { timelineSample } from './timeline-sample.js';

/** Archive of a connection. */
export interface ShownArchive {
  readonly path: string;
  /** Sequence number from the metadata; undefined without metadata. */
  readonly sequence: number | undefined;
}

/** Part of a connection's time. */
export interface ShownRange {
  /** Microseconds since 1970. */
  readonly fromUs?: number | undefined;
  /** Microseconds since 1970, exclusive. */
  readonly untilUs?: number | undefined;
}

/** Connection to show, built record by record in constant memory. */
export class ShownConnection {
  readonly timeline: Timeline;
  readonly parts: ShownArchive[] = [];
  readonly #builder = new ConnectionBuilder();
  readonly #deriver = new Deriver();
  readonly #view = new RecordView();
  readonly #observation = newObservation();
  readonly #fromUs: number;
  readonly #untilUs: number;
  #metadata: Metadata | undefined;
  #identity: ConnectionIdentity | undefined;
  #lastUs = Number.NEGATIVE_INFINITY;

  /**
   * @param range part that the timeline has; the row is of all records
   * @param timeline timeline to fill
   */
  constructor({ fromUs, untilUs }: ShownRange = {}, timeline: Timeline = new Timeline()) {
    this.timeline = timeline;
    this.#fromUs = fromUs ?? Number.NEGATIVE_INFINITY;
    this.#untilUs = untilUs ?? Number.POSITIVE_INFINITY;
  }

  /** Starts the next archive. */
  begin(path: string): void {
    this.parts.push({ path, sequence: undefined });
  }

  /** Adds the next record of the current archive. @throws DecodeError when it cannot be decoded */
  add(record: ArchivedRecord): void {
    if (record.metadata !== undefined) {
      this.#metadata ??= record.metadata;
      if (this.#identity !== undefined) this.#identity = identifyFurther(this.#identity, record.metadata);
      const path = this.parts.pop()?.path ?? '';
      this.parts.push({ path, sequence: record.metadata.sequence });
    }
    if (record.rawIdm === undefined && record.metadata !== undefined) return;
    this.#view.load(record);
    this.#identity ??= identify(this.#metadata, this.#view);
    const observation = observe(this.#view, this.#observation);
    const derived = this.#deriver.next(observation);
    this.#builder.add(observation, derived);
    this.#lastUs = observation.timeUs;
    if (observation.timeUs >= this.#untilUs) return;
    const sample = timelineSample(observation, derived);
    if (observation.timeUs < this.#fromUs) this.timeline.precede(sample);
    else this.timeline.add(sample);
  }

  /** Time of the last record, microseconds since 1970; -Infinity without records. */
  get lastUs(): number {
    return this.#lastUs;
  }

  /** Row of all records together; undefined without records. */
  get row(): ConnectionRow | undefined {
    return this.#identity === undefined ? undefined : this.#builder.finish(this.#identity);
  }
}
