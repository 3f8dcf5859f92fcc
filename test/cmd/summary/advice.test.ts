import { describe, expect, it } from 'vitest';
import { tcpInfo } from '../../support/tcp-info.js';

describe('an option of another command', () => {
  it.each([
    ['--last', "unknown option '--last': tcp-info show --last shows the connection that began last"],
    ['--html=x', "unknown option '--html=x': --format=html --output=FILE makes a page"],
    ['--json', "unknown option '--json': --format=json prints JSON"],
    ['--sinse=2h', "unknown option '--sinse=2h'; did you mean --since?"],
  ])('%s is rejected with the option to use', async (option, says) => {
    expect(await tcpInfo('summary', option, 'data')).toEqual({
      code: 2,
      stdout: '',
      stderr: `tcp-info summary: ${says} (see --help)\n`,
    });
  });
});
