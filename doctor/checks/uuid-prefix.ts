import { loadUuidPrefix, UuidPrefixError } from '../../daemon/index.js';
import { defineCheck } from '../check.js';

interface PrefixFacts {
  /** Absent on an error. */
  readonly prefix?: string;
  readonly unsafe: boolean;
  readonly error?: string;
}

/** Check of the UUID prefix. */
export const uuidPrefix = defineCheck<PrefixFacts>({
  name: 'uuid-prefix',
  tells: 'the prefix of every UUID',
  warns:
    'neither -uuid-prefix=auto nor -uuid-prefix-file is given: the prefix is made up, and two machines may get the same one',
  fails: 'the file cannot be read, or its text cannot begin a file name',
  remedy: '`-uuid-prefix=auto`, or `-uuid-prefix-file` with a prefix that no other machine or boot has',
  gather: ({ options, environment }) => {
    try {
      const { text, unsafe } = loadUuidPrefix(options, environment);
      return { prefix: text, unsafe };
    } catch (error) {
      if (!(error instanceof UuidPrefixError)) throw error;
      return { unsafe: false, error: error.message };
    }
  },
  judge: ({ prefix, unsafe, error }) => {
    if (error !== undefined) {
      return { level: 'fail', found: error, advice: 'write a prefix into the file that no other machine or boot has' };
    }
    if (!unsafe) return { level: 'ok', found: `${prefix}` };
    return {
      level: 'warn',
      found: `${prefix}, made of host name and boot time: two machines may get the same one`,
      advice: 'give -uuid-prefix=auto, or -uuid-prefix-file=FILE with a prefix that is unique among machines and boots',
    };
  },
});
