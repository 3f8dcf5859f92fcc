import { connect, type Socket } from 'node:net';
import { until, within } from './waiting.js';

/** An event in the format of the daemon's socket. */
export interface FlowEventLine {
  /** 0: open, 1: close. */
  readonly Event: 0 | 1;
  readonly Timestamp: string;
  readonly UUID: string;
  readonly ID: {
    readonly SPort: number;
    readonly DPort: number;
    readonly SrcIP: string;
    readonly DstIP: string;
    readonly Interface: number;
    readonly Cookie: number;
  } | null;
  readonly Netns?: { readonly Inode: number; readonly Name: string };
}

/** Reads a daemon's event socket, without the project's own client. */
export class EventReader {
  readonly #socket: Socket;
  readonly #ended: Promise<void>;
  #text = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#ended = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
    });
    socket.on('error', () => undefined); // 'close' follows
  }

  /** Connects to the socket at a path. */
  static async connect(path: string): Promise<EventReader> {
    const socket = connect({ path });
    await within(`event socket ${path}`, new Promise((resolve) => socket.once('connect', resolve)));
    return new EventReader(socket);
  }

  /** The received text, byte for byte. */
  get text(): string {
    return this.#text;
  }

  /** The complete lines received. */
  get lines(): string[] {
    return this.#text.split('\n').slice(0, -1);
  }

  /** The events received. */
  get events(): FlowEventLine[] {
    return this.lines.map((line) => JSON.parse(line) as FlowEventLine);
  }

  /** Returns the received open or close events. */
  of(kind: 'open' | 'close', uuid?: string): FlowEventLine[] {
    const number = kind === 'open' ? 0 : 1;
    return this.events.filter((event) => event.Event === number && (uuid === undefined || event.UUID === uuid));
  }

  /** Waits for the open event of a connection with these ports. */
  async opened(sport: number, dport: number): Promise<FlowEventLine> {
    const matches = ({ ID }: FlowEventLine): boolean => ID?.SPort === sport && ID.DPort === dport;
    return await until(`open event of ${sport}:${dport}`, () => this.of('open').find(matches));
  }

  /** Waits for the close event of a connection. */
  async closed(uuid: string): Promise<FlowEventLine> {
    return await until(`close event of ${uuid}`, () => this.of('close', uuid)[0]);
  }

  /** Waits until the daemon closes the socket. */
  async ended(): Promise<void> {
    await within('end of the event socket', this.#ended);
  }

  /** Closes the socket. */
  stop(): void {
    this.#socket.destroy();
  }
}
