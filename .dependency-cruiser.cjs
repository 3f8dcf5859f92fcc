/**
 * Layers of docs/architecture.md. A folder may import only the folders listed for it, and from another folder only its
 * index.ts.
 */
const layers = {
  netlink: [],
  tcp: ['netlink'],
  inetdiag: ['netlink', 'tcp'],
  native: [],
  log: [],
  files: [],
  'live/http': [],
  host: ['files'],
  metrics: ['files', 'live/http'],
  parse: ['inetdiag', 'netlink'],
  snapshot: ['parse', 'inetdiag', 'tcp', 'netlink'],
  analysis: ['snapshot', 'parse', 'inetdiag', 'tcp', 'netlink'],
  cache: ['parse', 'inetdiag', 'tcp', 'netlink'],
  zstd: [],
  'view/chart': [],
  words: [],
  'archive/input': ['parse', 'zstd', 'netlink'],
  'archive/reader': ['archive/input', 'snapshot', 'parse', 'netlink'],
  'archive/pool': [],
  'archive/repair': ['zstd'],
  export: ['analysis', 'snapshot', 'parse', 'inetdiag', 'tcp', 'netlink', 'files', 'words'],
  saver: ['cache', 'parse', 'zstd', 'inetdiag', 'tcp', 'netlink', 'native', 'log', 'metrics'],
  collector: ['cache', 'parse', 'inetdiag', 'tcp', 'netlink', 'native', 'log', 'host', 'metrics'],
  'live/eventsocket': ['cache', 'parse', 'inetdiag', 'tcp', 'netlink', 'metrics'],
  'live/traffic': ['cache', 'parse', 'inetdiag', 'tcp', 'metrics'],
  'live/network': ['analysis', 'cache', 'parse', 'inetdiag', 'tcp', 'netlink', 'native', 'log', 'host', 'metrics'],
  'live/limits': ['live/network', 'analysis', 'snapshot', 'cache', 'parse', 'inetdiag', 'tcp', 'metrics'],
  daemon: [
    'live/eventsocket',
    'live/traffic',
    'live/network',
    'live/limits',
    'live/http',
    'collector',
    'saver',
    'metrics',
    'cache',
    'parse',
    'inetdiag',
    'netlink',
    'native',
    'log',
    'host',
    'files',
  ],
  doctor: [
    'daemon',
    'collector',
    'saver',
    'live/eventsocket',
    'cache',
    'inetdiag',
    'tcp',
    'netlink',
    'native',
    'host',
    'live/http',
  ],
  view: ['view/chart', 'analysis', 'host', 'tcp', 'parse'],
  'view/verdict': ['view', 'view/chart', 'analysis', 'tcp'],
  'view/connection': ['view/verdict', 'view', 'view/chart', 'analysis', 'parse', 'snapshot', 'tcp'],
  'view/summary': ['view/verdict', 'view', 'view/chart', 'analysis'],
};
const folders = [...Object.keys(layers), 'cmd'];
const any = (names) => `^(${names.join('|')})/`;
/** Folders of this table inside of another one: they are rooms of their own. */
const inside = (folder) => folders.filter((other) => other.startsWith(`${folder}/`)).map((other) => `^${other}/`);

module.exports = {
  forbidden: [
    ...Object.entries(layers).map(([folder, below]) => ({
      name: `layers-${folder}`,
      comment: `${folder}/ may import only: ${below.join(', ') || 'nothing of ours'}`,
      severity: 'error',
      from: { path: `^${folder}/`, pathNot: inside(folder) },
      to: { path: any([...folders, 'test', 'bench']), pathNot: [folder, ...below].map((each) => `^${each}/`) },
    })),
    ...folders.map((folder) => ({
      name: `public-face-of-${folder}`,
      comment: `other folders import ${folder}/index.ts, and none of its other files`,
      severity: 'error',
      from: { path: any(folders), pathNot: `^${folder}/` },
      to: { path: `^${folder}/`, pathNot: ['/index\\.ts$', ...inside(folder)] },
    })),
    {
      name: 'pure',
      comment: 'the core decodes and compares; it does no I/O',
      severity: 'error',
      from: {
        path: any(['netlink', 'tcp', 'inetdiag', 'parse', 'snapshot', 'analysis', 'cache', 'view/chart', 'words']),
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-processes',
      comment: 'the program starts no processes',
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
