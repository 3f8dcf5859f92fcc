import { describe, expect, it } from 'vitest';
import { MptcpSubflowFlag } from '../../../inetdiag/index.js';
import { SubflowIndex, subflowState, tokenText } from '../../../live/mptcp/index.js';

const { BKUP_REM, CONNECTED, JOIN_LOC, MCAP_LOC } = MptcpSubflowFlag;

describe('the MPTCP state of a subflow', () => {
  it('has its token, and tells a first subflow from one that joined', () => {
    const first = { tokenLoc: 0xbeef, tokenRem: 7, flags: MCAP_LOC | CONNECTED, idLoc: 0, idRem: 0 };
    expect(subflowState(first)).toEqual({ token: 0xbeef, joined: false, backup: false, idLoc: 0, idRem: 0 });
    expect(subflowState({ ...first, flags: JOIN_LOC | BKUP_REM, idLoc: 2 })).toEqual({
      ...{ token: 0xbeef, joined: true, backup: true, idLoc: 2, idRem: 0 },
    });
  });

  it('does not exist without a token', () => {
    expect(subflowState({ flags: MCAP_LOC })).toBeUndefined();
    expect(subflowState({ tokenLoc: 0 })).toBeUndefined();
  });

  it('shows its token in 8 digits', () => {
    expect(tokenText(0xbeef)).toBe('0000beef');
    expect(tokenText(0xffffffff)).toBe('ffffffff');
  });
});

describe('subflows by token', () => {
  it('are together within their network namespace only', () => {
    const index = new SubflowIndex<string>();
    index.add('a', undefined, 1);
    index.add('b', undefined, 1);
    index.add('c', 5, 1);
    expect(index.of(undefined, 1)).toEqual(['a', 'b']);
    expect(index.of(5, 1)).toEqual(['c']);
    index.delete('a', undefined, 1);
    index.delete('b', undefined, 1);
    expect(index.of(undefined, 1)).toEqual([]);
    expect(index.places(() => true)).toEqual(new Set([5]));
    expect(index.places(() => false)).toEqual(new Set());
    index.delete('c', 5, 1);
    expect(index.places(() => true)).toEqual(new Set());
  });

  it('have what the socket of their connection says, while one of them has a row', () => {
    const index = new SubflowIndex<string>();
    const connection = {
      ...{ token: 1, cookie: 99n, fellBack: false, bytesSent: 1000, bytesAcked: 900, bytesReceived: 0 },
      ...{ bytesRetrans: 0, retransmits: 0 },
    };
    index.add('a', undefined, 1);
    index.set(undefined, [connection, { ...connection, token: 2 }]);
    index.set(5, [connection]);
    expect(index.connection(undefined, 1)).toBe(connection);
    index.set(undefined, []);
    expect(index.connection(undefined, 1)).toBe(connection);
    index.add('b', undefined, 2);
    expect(index.connection(undefined, 2)).toBeUndefined();
    index.delete('a', undefined, 1);
    index.add('c', undefined, 1);
    expect(index.connection(undefined, 1)).toBeUndefined();
  });
});
