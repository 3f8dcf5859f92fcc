import type { Connection } from '../cache/index.js';
import type { ArchivedRecord, Metadata } from '../parse/index.js';
import { fileProvenance, recordProvenance } from './provenance.js';
import type { SaverOptions } from './saver-options.js';

type FormOptions = Pick<SaverOptions, 'anonymize' | 'provenance'>;

/** Returns a connection's newest record in its archived form: anonymized, and with provenance if that is on. */
export function archivedRecord(connection: Connection, { anonymize, provenance }: FormOptions): ArchivedRecord {
  const { last, netns } = connection;
  const { timestamp, attributes, rawIdm: bytes } = last;
  const rawIdm = bytes === undefined ? undefined : anonymize({ rawIdm: bytes, attributes }, netns);
  if (rawIdm === bytes && provenance === undefined) return last;
  return {
    timestamp,
    ...(rawIdm === undefined ? {} : { rawIdm }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(provenance === undefined ? {} : { provenance: recordProvenance(connection) }),
  };
}

/** Returns the metadata of a connection's files, without their sequence numbers. */
export function archivedMetadata(
  connection: Connection,
  { provenance }: Pick<FormOptions, 'provenance'>,
): Omit<Metadata, 'sequence'> {
  const { uuid, startTime, netns } = connection;
  return {
    uuid,
    startTime,
    ...(netns === undefined ? {} : { netns }),
    ...(provenance === undefined ? {} : { provenance: fileProvenance(provenance, connection) }),
  };
}
