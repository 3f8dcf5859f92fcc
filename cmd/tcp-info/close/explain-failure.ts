import { describeRefusal } from '../../../host/namespaces/index.js';
import type { DestroyOrder, DestroyOutcome } from '../../../inetdiag/kernel/index.js';

/** Returns a sentence on the reason why the kernel did not end a connection. */
export function explainFailure({ result, errno, error }: Omit<DestroyOutcome<DestroyOrder>, 'order'>): string {
  if (result === 'denied') {
    return (
      'ending connections needs CAP_NET_ADMIN in the user namespace that owns the network namespace: run it as root, ' +
      'and in a container with the capability NET_ADMIN'
    );
  }
  if (result === 'unsupported') {
    return 'the kernel cannot end such a connection, or is built without CONFIG_INET_DIAG_DESTROY';
  }
  const reason = error instanceof Error ? error.message : `errno ${errno} (${describeRefusal({ errno }).code})`;
  return `the kernel did not end a connection: ${reason}`;
}
