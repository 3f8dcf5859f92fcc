import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPrefix } from '../../../inetdiag/index.js';
import { CONTROL_ACTIONS, ControlCommandError, parseCommand } from '../../../services/control/index.js';

describe('command of the control socket', () => {
  it('refuses a prefix for a time, or until it is released', () => {
    const command = parseCommand('reject', '{"ip": "10.0.0.0/8", "for": "10m"}');
    expect(command).toMatchObject({ action: 'reject', forMs: 600_000 });
    expect('prefix' in command && formatPrefix(command.prefix)).toBe('10.0.0.0/8');
    expect(parseCommand('reject', '{"ip": "::1"}')).toMatchObject({ forMs: undefined });
    expect(parseCommand('reject', '{"ip": "::1", "for": 5}')).toMatchObject({ forMs: 5_000 });
  });

  it('ends connections by one of address, UUID and idle time', () => {
    expect(parseCommand('close', '{"uuid": "host_1_D8F"}')).toEqual({ action: 'close', uuid: 'host_1_D8F' });
    expect(parseCommand('close', '{"idle": "15m"}')).toEqual({ action: 'close', idleMs: 900_000 });
  });

  it('needs no body to drain', () => {
    expect(parseCommand('drain', '')).toEqual({ action: 'drain' });
    expect(parseCommand('undrain', '{}')).toEqual({ action: 'undrain' });
  });

  it.each([
    ['reject', '', /^ip: expected an address/],
    ['reject', '{"ip": "10.0.0.1/8"}', /^ip: expected an address or a prefix without host bits/],
    ['reject', '{"ip": "::1", "for": "soon"}', /^for: expected a duration/],
    ['reject', '{"ip": "::1", "for": -1}', /^for: expected a duration/],
    ['release', '{"ip": "::1", "for": 1}', /^unknown key "for": release has ip$/],
    ['close', '{}', /^close: expected one of ip, uuid and idle$/],
    ['close', '{"ip": "::1", "idle": 1}', /^close: expected one of/],
    ['close', '{"uuid": 5}', /^uuid: expected a UUID$/],
    ['drain', '{"now": true}', /^unknown key "now": drain has none$/],
    ['drain', '[]', /not a JSON object/],
    ['drain', '{', /not JSON/],
  ] as const)('%s with %j is refused', (action, body, message) => {
    expect(() => parseCommand(action, body)).toThrow(message);
  });

  it('is refused, or read, whatever the body', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CONTROL_ACTIONS), fc.oneof(fc.string(), fc.json()), (action, body) => {
        try {
          expect(parseCommand(action, body).action).toBe(action);
        } catch (error) {
          expect(error).toBeInstanceOf(ControlCommandError);
        }
      }),
    );
  });
});
