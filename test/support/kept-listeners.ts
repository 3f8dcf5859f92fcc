import { type MessageListener, netlink } from '../../native/index.js';

/** Listeners of a {@link listenerKeeper}, which tests may pause. */
export interface ListenerKeeper {
  /** Addon that creates ordinary listeners and keeps them. */
  readonly addon: Pick<typeof netlink, 'Requester' | 'MessageListener'>;
  /** Listeners by their netlink protocols. */
  readonly listeners: ReadonlyMap<number, MessageListener>;
}

/** Returns an addon whose listeners a test can pause. */
export function listenerKeeper(): ListenerKeeper {
  const listeners = new Map<number, MessageListener>();
  class KeptListener extends netlink.MessageListener {
    constructor(...[options, onBatch]: ConstructorParameters<typeof netlink.MessageListener>) {
      super(options, onBatch);
      listeners.set(options.protocol, this);
    }
  }
  return { addon: { Requester: netlink.Requester, MessageListener: KeptListener }, listeners };
}
