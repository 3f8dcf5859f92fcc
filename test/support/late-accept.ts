import { AskedListener } from './asked-listener.js';
import type { Namespace } from './namespaces.js';

/** View that a program has of an accepted connection: names of errors, null without one, and bytes read at first. */
export interface SeenConnection {
  readonly peer: string | null;
  readonly read: number;
  readonly next: string | null;
  readonly write: string | null;
  readonly pending: string | null;
}

/** A program that listens, and accepts only when it is asked to. It needs python3. */
export class LateAcceptor extends AskedListener {
  /** Starts to listen in a namespace. */
  static async listen(namespace: Namespace, address: string): Promise<LateAcceptor> {
    return await new LateAcceptor(namespace, 'late-accept.py', address).listens('the port of a late acceptor');
  }

  /** Accepts a connection: reads what is queued, or asks for its pending error first. */
  async accept(first: 'read' | 'error' | 'nothing'): Promise<SeenConnection> {
    return JSON.parse(await this.ask(first, 'an accepted connection')) as SeenConnection;
  }
}
