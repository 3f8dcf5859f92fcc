import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { explainFailure } from '../../../cmd/tcp-info/close/explain-failure.js';
import { destroyResult } from '../../../inetdiag/index.js';

const { EPERM, EOPNOTSUPP, EINVAL } = constants.errno;

describe('the reason why a connection was not ended', () => {
  it.each([
    [EPERM, /^ending connections needs CAP_NET_ADMIN .*: run it as root/],
    [EOPNOTSUPP, /CONFIG_INET_DIAG_DESTROY/],
    [EINVAL, /^the kernel did not end a connection: errno 22 \(EINVAL\)$/],
  ])('follows from errno %d of the answer', (errno, words) => {
    expect(explainFailure({ result: destroyResult(errno), errno })).toMatch(words);
  });

  it('is that of the requester if no answer came', () => {
    const error = new Error('receive failed');
    expect(explainFailure({ result: 'error', errno: 105, error })).toBe(
      'the kernel did not end a connection: receive failed',
    );
  });
});
