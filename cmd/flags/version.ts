import { createRequire } from 'node:module';

/** The package's version. By the package's own name, which leads to the same file from the sources and from the build. */
export function packageVersion(): string {
  const manifest: { readonly version: string } = createRequire(import.meta.url)('tcp-info/package.json');
  return manifest.version;
}
