import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../cmd/tcp-info/conntrack/run-action.js';
import { findUuidPrefix } from '../../../cmd/tcp-info/conntrack/uuid-prefix.js';
import { bootUuidPrefix } from '../../../host/index.js';
import { tempFolder } from '../../support/temp.js';

const env = { POD_NAME: 'a-pod' };

describe('the prefix of UUIDs', () => {
  it('is that of the boot where no collector answers, with a remark if the user named one', async () => {
    const socket = join(tempFolder(), 'none.sock');
    expect(await findUuidPrefix({ ...env, TCP_INFO_LIVE: `unix:${socket}` })).toEqual({
      prefix: bootUuidPrefix(env),
      remark: expect.stringMatching(/ENOENT.*; UUIDs are those of a collector with -uuid-prefix=auto$/),
    });
  });

  it('needs an address that is one', async () => {
    await expect(findUuidPrefix({ ...env, TCP_INFO_LIVE: 'ftp://x' })).rejects.toThrow(UsageError);
  });
});
