import { describe, expect, it } from 'vitest';
import { netlink } from '../../native/index.js';
import { bothFamilies, shape, tcpRequest, tcpSource } from './requests.js';

/** Passes a value that the types forbid. */
const wrong = (value: unknown): never => value as never;
const poller = (source: object, more: object = {}): unknown =>
  new netlink.Poller(wrong({ sources: [source], ...more }), () => undefined);

/** Returns a request with one error in its header. */
function spoiled(change: (view: DataView) => void): Uint8Array {
  const bytes = Uint8Array.from(bothFamilies());
  change(new DataView(bytes.buffer));
  return bytes;
}

const WAY = 'one whole netlink message with NLM_F_REQUEST and NLM_F_DUMP';

describe('arguments of the addon', () => {
  it.each<[string, () => unknown]>([
    ['options must be an object', () => new netlink.Poller(wrong(1), () => undefined)],
    ['options.sources must be an array', () => new netlink.Poller(wrong({}), () => undefined)],
    ['options.sources must be an array of at least one element', () => new netlink.Poller({ sources: [] }, wrong(0))],
    ['onBatch must be a function', () => new netlink.Poller({ sources: [tcpSource()] }, wrong({}))],
    [
      'options.maxPendingBatches must be an integer from 1 to 9007199254740992',
      () => poller(tcpSource(), { maxPendingBatches: 0 }),
    ],
    [
      'options.maxPendingBytes must be an integer from 1 to 9007199254740992',
      () => poller(tcpSource(), { maxPendingBytes: 1.5 }),
    ],
    [
      'options.sources[0].intervalNs must be an integer from 1000000 to 3600000000000',
      () => poller(tcpSource({ intervalNs: 1 })),
    ],
    [
      'options.sources[0].intervalNs must be an integer from 1000000 to 3600000000000',
      () => poller(tcpSource({ intervalNs: Number.NaN })),
    ],
    [
      'options.sources[0].tally.offset must be less than attributesOffset',
      () => poller(tcpSource({ tally: { offset: 72, values: [] } })),
    ],
    [
      'options.sources[0].tally.values[1] must be an integer from 0 to 255',
      () => poller(tcpSource({ tally: { offset: 0, values: [2, 256] } })),
    ],
    ['request must be an object', () => netlink.dump(wrong(undefined))],
    ['request.protocol must be an integer', () => netlink.dump({ ...tcpRequest(), protocol: wrong('4') })],
    ['request.queryMethods must be an array of at least one element', () => netlink.dump(tcpRequest([]))],
    ['request.queryMethods[0] must be an array of at least one element', () => netlink.dump(tcpRequest([[]]))],
    ['request.queryMethods[0][0] must be a Uint8Array', () => netlink.dump(tcpRequest([[wrong(new ArrayBuffer(76))]]))],
    [`request.queryMethods[0][0] must be ${WAY}`, () => netlink.dump(tcpRequest([[new Uint8Array(15)]]))],
    [
      `request.queryMethods[0][0] must be ${WAY}`,
      () => netlink.dump(tcpRequest([[spoiled((view) => view.setUint32(0, 75, true))]])),
    ],
    [
      `request.queryMethods[0][0] must be ${WAY}`,
      () => netlink.dump(tcpRequest([[spoiled((view) => view.setUint16(6, 1, true))]])),
    ],
    ['request.dataTypes[0] must be an integer', () => netlink.dump({ ...tcpRequest(), dataTypes: [65536] })],
    ['request.maxBytes must be an integer', () => netlink.dump({ ...tcpRequest(), maxBytes: 0 })],
    ['request.emptyErrno must be an integer', () => netlink.dump({ ...tcpRequest(), emptyErrno: -2 })],
    ['previous must be a Uint8Array', () => netlink.differs(wrong([]), new Uint8Array(), shape)],
    ['current must be a Uint8Array', () => netlink.differs(new Uint8Array(), wrong(new Uint16Array()), shape)],
    ['shape must be an object', () => netlink.differs(new Uint8Array(), new Uint8Array(), wrong(null))],
    [
      'shape.keyOffset must be at least 8 less than attributesOffset',
      () => netlink.differs(new Uint8Array(), new Uint8Array(), { ...shape, keyOffset: 65 }),
    ],
    [
      'shape.attributesOffset must be a multiple of 4',
      () => netlink.differs(new Uint8Array(), new Uint8Array(), { ...shape, attributesOffset: 73 }),
    ],
    [
      'shape.mask.header must be ranges that end by attributesOffset',
      () =>
        netlink.differs(new Uint8Array(), new Uint8Array(), {
          ...shape,
          mask: { ...shape.mask, header: [[0, 73]] },
        }),
    ],
    [
      'shape.mask.header[0] must be a range whose end is not before its start',
      () =>
        netlink.differs(new Uint8Array(), new Uint8Array(), { ...shape, mask: { ...shape.mask, header: [[2, 1]] } }),
    ],
    [
      'shape.mask must be a mask that names each attribute once',
      () => netlink.differs(new Uint8Array(), new Uint8Array(), { ...shape, mask: { ...shape.mask, ignored: [2] } }),
    ],
    [
      'shape.mask.ignored[0] must be an integer from 0 to 16383',
      () =>
        netlink.differs(new Uint8Array(), new Uint8Array(), { ...shape, mask: { ...shape.mask, ignored: [0x8012] } }),
    ],
  ])('%s', (text, call) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(text);
  });

  it.each([0, -0.1, 1.1, Number.NaN, '0.2', null])('reject cpuBudget %s', (cpuBudget) => {
    const options = { sources: [tcpSource()], cpuBudget: wrong(cpuBudget) };
    expect(() => new netlink.Poller(options, () => undefined)).toThrow(
      new TypeError('options.cpuBudget must be a number above 0 and up to 1'),
    );
  });

  it.each([-1, 1.5, 1e10 + 1, '1'])('reject gatherNs %s', (gatherNs) => {
    const options = { sources: [tcpSource()], gatherNs: wrong(gatherNs) };
    expect(() => new netlink.Poller(options, () => undefined)).toThrow(
      new TypeError('options.gatherNs must be an integer from 0 to 10000000000'),
    );
  });

  it('of latest and size are checked', () => {
    const made = new netlink.Poller({ sources: [tcpSource()] }, () => undefined);
    expect(() => made.size(1)).toThrow(new TypeError('source must be an integer from 0 to 0'));
    expect(() => made.latest(0, wrong(1))).toThrow(new TypeError('key must be a bigint of 64 unsigned bits'));
    expect(() => made.latest(0, 1n << 64n)).toThrow(TypeError);
    expect(() => made.latest(0, -1n)).toThrow(TypeError);
    expect(made.latest(0, (1n << 64n) - 1n)).toBeUndefined();
    expect(made.size(0)).toBe(0);
  });

  it('rethrow the error of a getter', () => {
    const options = {
      get sources(): never {
        throw new RangeError('mine');
      },
    };
    expect(() => new netlink.Poller(options, () => undefined)).toThrow(new RangeError('mine'));
  });

  it('are refused without new', () => {
    expect(() => Reflect.apply(netlink.Poller, undefined, [])).toThrow(TypeError);
  });
});
