/** Translation of a flow as one of its sockets needs it: the addresses that the socket does not show. */
import {
  type FlowEndpoint,
  flowNat,
  formatFlowEndpoint,
  type NatKind,
  type TranslatedFlow,
  type Translation,
} from './meaning.js';

/** Addresses of a translated connection that its socket does not show, as `192.0.2.1:80`. */
export interface SocketNat {
  readonly kind: NatKind;
  /** Destination: of a connection that this end opened, the true one; of an accepted one, the one the client asked for. */
  readonly destination?: string;
  /** Source: of a connection that this end opened, as the peer sees it; of an accepted one, the client's own. */
  readonly source?: string;
}

/** Returns the addresses that a socket with this local end does not show. */
export function socketNat(flow: TranslatedFlow, { address, port }: FlowEndpoint): SocketNat {
  const { kind, source, destination } = flowNat(flow);
  const hasOpened = flow.orig.src === address && flow.orig.sport === port;
  const hidden = ({ before, after }: Translation): string => formatFlowEndpoint(hasOpened ? after : before);
  return {
    kind,
    ...(destination === undefined ? {} : { destination: hidden(destination) }),
    ...(source === undefined ? {} : { source: hidden(source) }),
  };
}
