import { release } from 'node:os';
import type { Field } from '../../netlink/index.js';
import { TCP_INFO, TCP_INFO_SIZE_TO_KERNEL } from '../../tcp/index.js';
import { defineCheck } from '../check.js';
import { plural } from '../words.js';

interface Facts {
  readonly release: string;
  readonly architecture: string;
  /** Bytes of tcp_info; absent without a connection to look at. */
  readonly infoBytes?: number;
  /** Bytes that this version decodes. */
  readonly knownBytes: number;
  /** Fields of the newest kernel release that this kernel fills, and fields that it lacks. */
  readonly newestFields: readonly string[];
  readonly missingFields: readonly string[];
  /** Numbers of the attributes received. */
  readonly attributes?: readonly number[];
  /** Error that prevented a test connection. */
  readonly loopback?: string;
}

/** The kernel's release and which fields of tcp_info it fills. */
export const kernel = defineCheck<Facts>({
  name: 'kernel',
  tells:
    'the release, how much of `struct tcp_info` the kernel fills, by the length that it sends, and which fields are missing',
  fails: 'connections come without tcp_info',
  remedy: 'another kernel or sandbox',
  needs: ['sock-diag'],
  gather: async (context) => {
    const { infoBytes, attributes, loopback } = await context.kernel();
    return {
      release: release(),
      architecture: process.arch,
      knownBytes: TCP_INFO.size,
      ...(infoBytes === undefined ? {} : { infoBytes }),
      ...(attributes === undefined ? {} : { attributes }),
      ...(loopback === undefined ? {} : { loopback }),
      ...fieldsWithin(infoBytes ?? 0),
    };
  },
  judge: (facts) => {
    const { release, architecture, infoBytes, knownBytes, newestFields, missingFields, loopback } = facts;
    const machine = `Linux ${release} ${architecture}`;
    if (infoBytes === undefined) {
      if (loopback !== undefined) {
        return {
          level: 'ok',
          found: `${machine}; no connection to look at, because loopback does not work: ${loopback}`,
        };
      }
      return {
        level: 'fail',
        found: `${machine}: connections come without tcp_info`,
        advice: 'use another kernel: this one, or a sandbox in its place, does not provide the data to record',
      };
    }
    const like = TCP_INFO_SIZE_TO_KERNEL.get(infoBytes);
    const range = like === undefined ? '' : ` as of ${like.first}${like.last === null ? '' : ` to ${like.last}`}`;
    const size = `${machine}: tcp_info has ${infoBytes} bytes${range}`;
    if (infoBytes > knownBytes) {
      return {
        level: 'ok',
        found: `${size}: ${infoBytes - knownBytes} more than this version decodes; all are archived`,
      };
    }
    if (missingFields.length === 0) return { level: 'ok', found: `${size}: every known field` };
    const lacks = `lacks ${plural(missingFields.length, 'field')} of newer kernels, from ${missingFields[0]} on`;
    return { level: 'ok', found: `${size}: up to ${newestFields.at(-1) ?? 'none'}; ${lacks}` };
  },
});

/** Returns the fields of the newest release that fit into a tcp_info of this size, and all fields that do not fit. */
export function fieldsWithin(infoBytes: number): Pick<Facts, 'newestFields' | 'missingFields'> {
  const fields: readonly Field[] = TCP_INFO.fields;
  const isFilled = ({ offset, size }: Field): boolean => offset + size <= infoBytes;
  const filled = fields.filter(isFilled);
  const last = filled.at(-1)?.since;
  return {
    newestFields: filled.filter(({ since }) => since === last).map(({ cName }) => cName),
    missingFields: fields.filter((field) => !isFilled(field)).map(({ cName }) => cName),
  };
}
