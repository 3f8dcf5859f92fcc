// Cost of a look-up among 65,536 prefixes: node bench/prefixes.mjs
//
// Prints nanoseconds a look-up, for lists of one length and of many lengths. Half of the addresses are drawn from the
// list.
import { comparableAddress, PrefixMap, parsePrefix } from '../dist/inetdiag/index.js';
import { parseAddress } from '../dist/netlink/index.js';

const COUNT = 65_536;
const LOOKUPS = 200_000;

/** Returns a generator of numbers below a limit: the same ones in every run. */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const random = numbers(1);
const v4 = () => `${1 + random(223)}.${random(256)}.${random(256)}.${random(256)}`;
const v6 = () => `2001:${Array.from({ length: 7 }, () => random(65_536).toString(16)).join(':')}`;

const LISTS = [
  ['IPv4 addresses', v4, () => 32],
  ['IPv4 /24', v4, () => 24],
  ['IPv4, lengths 8 to 32', v4, () => 8 + random(25)],
  ['IPv6 addresses', v6, () => 128],
  ['IPv6, lengths 17 to 128', v6, () => 17 + random(112)],
  ['IPv6, lengths 33 to 128', v6, () => 33 + random(96)],
];

function bytesOf(text) {
  const { bytes, family } = parseAddress(text);
  return comparableAddress(bytes, family);
}

function prefixOf(text, length) {
  const size = text.includes(':') ? 128 : 32;
  const bytes = bytesOf(text).slice();
  for (let bit = 128 - size + length; bit < 128; bit++) bytes[bit >> 3] &= ~(128 >> (bit & 7));
  return { ...parsePrefix(text), bytes, length: 128 - size + length };
}

/** Returns nanoseconds a look-up, the least of five runs. */
function measure(look, addresses) {
  let least = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let run = 0; run < 5; run++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < LOOKUPS; i++) if (look(addresses[i % addresses.length])) found++;
    least = Math.min(least, Number(process.hrtime.bigint() - start) / LOOKUPS);
  }
  return { ns: least.toFixed(0), found: found / 5 / LOOKUPS };
}

for (const [name, address, length] of LISTS) {
  const texts = Array.from({ length: COUNT }, address);
  const prefixes = texts.map((text) => prefixOf(text, length()));
  const start = performance.now();
  const table = new PrefixMap();
  for (const prefix of prefixes) table.set(prefix, true);
  const buildMs = performance.now() - start;
  const addresses = Array.from({ length: 8_192 }, (_, i) => bytesOf(i % 2 === 0 ? texts[random(COUNT)] : address()));
  const { ns, found } = measure((each) => table.some(each, () => true), addresses);
  console.log(
    `${name.padEnd(24)} ${ns.padStart(6)} ns a look-up, ${(100 * found).toFixed(0)} % found, built in ${buildMs.toFixed(0)} ms`,
  );
}
