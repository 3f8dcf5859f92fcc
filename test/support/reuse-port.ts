import { AskedListener } from './asked-listener.js';
import type { Namespace } from './namespaces.js';

/** Several listeners of one port, whose connections outlive them. It needs python3. */
export class ReusePortListeners extends AskedListener {
  /** Starts to listen in a namespace. */
  static async listen(namespace: Namespace, address: string, count: number): Promise<ReusePortListeners> {
    const listeners = new ReusePortListeners(namespace, 'reuse-port.py', address, String(count));
    return await listeners.listens('the port of several listeners');
  }

  /** Closes the listeners, and keeps the connections. */
  async closeListeners(): Promise<void> {
    await this.ask('close', 'the end of listeners');
  }
}
