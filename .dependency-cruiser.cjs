/**
 * The layers, as docs/architecture.md has them: a folder may import only what stands behind it here, and of another
 * folder only its index.ts.
 */
const layers = {
  tcp: [],
  inetdiag: ['tcp'],
  native: [],
  log: [],
  files: [],
  http: [],
  metrics: ['files', 'http'],
  parse: ['inetdiag', 'tcp'],
  snapshot: ['parse', 'inetdiag', 'tcp'],
  analysis: ['snapshot', 'parse', 'inetdiag', 'tcp'],
  cache: ['parse', 'inetdiag', 'tcp'],
  zstd: [],
  chart: [],
  words: [],
  input: ['parse', 'zstd', 'tcp'],
  reader: ['input', 'snapshot', 'parse', 'tcp'],
  pool: [],
  repair: ['zstd'],
  export: ['analysis', 'snapshot', 'parse', 'inetdiag', 'tcp', 'files', 'words'],
  saver: ['cache', 'parse', 'zstd', 'inetdiag', 'tcp', 'native', 'log', 'metrics'],
  eventsocket: ['cache', 'parse', 'inetdiag', 'tcp', 'metrics'],
  collector: ['analysis', 'snapshot', 'cache', 'parse', 'inetdiag', 'tcp', 'native', 'log', 'files', 'metrics'],
};
const folders = [...Object.keys(layers), 'cmd'];
const any = (names) => `^(${names.join('|')})/`;

module.exports = {
  forbidden: [
    ...Object.entries(layers).map(([folder, below]) => ({
      name: `layers-${folder}`,
      comment: `${folder}/ may import only: ${below.join(', ') || 'nothing of ours'}`,
      severity: 'error',
      from: { path: `^${folder}/` },
      to: { path: any([...folders, 'test', 'bench']), pathNot: any([folder, ...below]) },
    })),
    {
      name: 'public-face',
      comment: 'of another folder only its index.ts is public',
      severity: 'error',
      from: { path: any(folders) },
      to: { path: any(folders.filter((f) => f !== 'cmd')), pathNot: ['/index\\.ts$', '^$1/'] },
    },
    {
      name: 'pure',
      comment: 'the core decodes and compares; it does no I/O',
      severity: 'error',
      from: { path: any(['tcp', 'inetdiag', 'parse', 'snapshot', 'analysis', 'cache', 'chart', 'words']) },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-processes',
      comment: 'no process per connection, nor any other',
      severity: 'error',
      from: { path: any(folders), pathNot: '^native/(prebuild/)?[a-z]+\\.mjs$' },
      to: { path: '^(node:)?child_process$' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    includeOnly: { path: [any(folders), '^node_modules', '^(node:)?[a-z_/]+$'] },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist/', '^native/build/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
