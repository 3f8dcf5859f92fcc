/** Place in an object store, as users write it: `s3://bucket/prefix` or `gs://bucket/prefix`. */
export interface StoreLocation {
  readonly scheme: 's3' | 'gs';
  readonly bucket: string;
  /** Key or prefix, without a slash at its start; empty for the whole bucket. */
  readonly key: string;
}

/** Names of buckets: 3 to 63 small letters, digits, dots and hyphens; Google's also with an underscore. */
const LOCATION = /^(s3|gs):\/\/([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])(?:\/(.*))?$/s;

/** Parses a location; undefined for any other text. */
export function parseLocation(text: string): StoreLocation | undefined {
  const [, scheme, bucket, key = ''] = LOCATION.exec(text) ?? [];
  if (bucket === undefined || (scheme !== 's3' && scheme !== 'gs')) return undefined;
  return { scheme, bucket, key };
}

/** Formats a location as {@link parseLocation} reads it. */
export function formatLocation({ scheme, bucket, key }: StoreLocation): string {
  return key === '' ? `${scheme}://${bucket}` : `${scheme}://${bucket}/${key}`;
}

/** Returns whether a text is meant as a location, right or wrong. */
export function isLocation(text: string): boolean {
  return /^(s3|gs):\/\//.test(text);
}
