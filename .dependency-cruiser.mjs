/**
 * Which room may import what. Rooms lie in one line, config ← connectors ← engine ← cli, console, and are entered through
 * their index.ts only. The rules are held by test/architecture/imports.test.ts.
 */

const configIndex = '^config/index\\.ts$';
const connectorsIndex = '^connectors/index\\.ts$';
const engineIndex = '^engine/index\\.ts$';
const storeIndex = '^engine/store/index\\.ts$';
const anyStepIndex = '^engine/[^/]+/index\\.ts$';
const anyRoom = '^(config|connectors|engine|cli|console)/';
const ownCode = '^(config|connectors|engine|cli|console|test|bench|samples|scripts|bin)/';
/** Tests, the data they share, and what connectors bring to their contract. */
const tests = '(\\.(test|fixture)|(?<=/)contract)\\.ts$';
/** Suites and servers that tests inside rooms call. */
const testSupport = '^test/(contract|fixtures|servers)/';

/** One row of the table: who (`from`), with what it may import besides itself. */
const rooms = [
  { name: 'config', from: '^config/', own: '^config/', may: [] },
  { name: 'connectors/spi', from: '^connectors/spi/', own: '^connectors/spi/', may: [configIndex] },
  {
    name: 'connectors/<x>',
    from: '^connectors/(?!spi/)([^/]+)/',
    own: '^connectors/$1/',
    may: [configIndex, '^connectors/spi/'],
  },
  {
    name: 'connectors',
    from: '^connectors/[^/]+\\.ts$',
    own: '^connectors/',
    may: [configIndex],
  },
  { name: 'engine/store', from: '^engine/store/', own: '^engine/store/', may: [configIndex] },
  {
    name: 'engine/prepare, engine/evaluate',
    from: '^engine/(prepare|evaluate)/',
    own: '^engine/$1/',
    may: [configIndex, connectorsIndex],
  },
  {
    name: 'engine/synchronize, engine/fulfil',
    from: '^engine/(synchronize|fulfil)/',
    own: '^engine/$1/',
    may: [configIndex, connectorsIndex, storeIndex],
  },
  {
    // Orders are made of what the evaluation gives: docs/decisions/0012.
    name: 'engine/provision',
    from: '^engine/provision/',
    own: '^engine/provision/',
    may: [configIndex, connectorsIndex, storeIndex, '^engine/evaluate/index\\.ts$'],
  },
  {
    // Tools for single files know no store.
    name: 'engine/file-tools',
    from: '^engine/file-tools/',
    own: '^engine/file-tools/',
    may: [configIndex, connectorsIndex],
  },
  {
    name: 'engine/insight',
    from: '^engine/insight/',
    own: '^engine/insight/',
    may: [configIndex, connectorsIndex, storeIndex],
  },
  {
    name: 'engine/job',
    from: '^engine/job/',
    own: '^engine/job/',
    may: [configIndex, connectorsIndex, anyStepIndex],
  },
  {
    // Composes whole runs of tasks over a copy of the store.
    name: 'engine/plan',
    from: '^engine/plan/',
    own: '^engine/plan/',
    may: [configIndex, connectorsIndex, anyStepIndex],
  },
  {
    name: 'engine',
    from: '^engine/[^/]+\\.ts$',
    own: '^engine/[^/]+\\.ts$',
    may: [configIndex, connectorsIndex, anyStepIndex],
  },
  {
    name: 'cli',
    from: '^cli/',
    own: '^cli/',
    may: [configIndex, engineIndex, '^console/index\\.ts$'],
  },
  { name: 'console', from: '^console/', own: '^console/', may: [configIndex, engineIndex] },
];

/** Libraries that stay inside one room; their tests and other rooms' tests may use them to look from outside. */
const libraries = [
  { name: 'fast-xml-parser', only: '^config/' },
  { name: 'jsonc-parser', only: '^config/' },
  { name: 'croner', only: '^config/' },
  { name: 'jose', only: '^config/project/encryption/' },
  { name: 'node-forge', only: '^config/project/encryption/' },
  { name: '@azure/keyvault-secrets', only: '^config/project/vaults/' },
  { name: '@azure/identity', only: '^config/project/vaults/' },
  { name: 'write-excel-file', only: '^engine/file-tools/' },
  { name: 'csv-parse', only: '^connectors/spi/' },
  { name: 'csv-stringify', only: '^connectors/spi/' },
  { name: 'knex', only: '^(engine/store|connectors/sql)/' },
  { name: 'pg', only: '^(engine/store|connectors/sql)/' },
  { name: 'mssql', only: '^(engine/store|connectors/(sql|spi/database))/' },
  { name: 'tedious', only: '^(engine/store|connectors/(sql|spi/database))/' },
  { name: 'odbc', only: '^connectors/sql/' },
  { name: 'oracledb', only: '^connectors/sql/' },
  { name: 'mysql2', only: '^(engine/store|connectors/sql)/' },
  { name: 'ldapts', only: '^connectors/spi/directory/' },
  { name: 'kerberos', only: '^connectors/spi/directory/' },
  { name: 'odbc', only: '^connectors/sql/' },
  { name: 'oracledb', only: '^connectors/sql/' },
  { name: 'yauzl', only: '^connectors/spi/workbook/' },
  { name: 'saxes', only: '^connectors/spi/workbook/' },
  { name: 'nodemailer', only: '^connectors/spi/mail/' },
  { name: 'commander', only: '^cli/' },
  { name: 'pino', only: '^(cli|console)/' },
  { name: 'vscode-languageserver', only: '^cli/language-server/' },
  { name: 'vscode-languageserver-textdocument', only: '^cli/language-server/' },
  { name: 'hono', only: '^console/' },
  { name: '@hono/node-server', only: '^console/' },
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...rooms.map(({ name, from, own, may }) => ({
      name: `${name} imports only what it may`,
      severity: 'error',
      from: { path: from, pathNot: tests },
      to: { path: ownCode, pathNot: [own, ...may] },
    })),
    ...rooms.map(({ name, from, own, may }) => ({
      name: `tests in ${name} import only what it may, and test support`,
      severity: 'error',
      from: { path: from.endsWith('.ts$') ? from.replace('\\.ts$', tests) : `${from}.*${tests}` },
      to: { path: ownCode, pathNot: [own, ...may, testSupport] },
    })),
    ...libraries.map(({ name, only }) => ({
      name: `${name} stays inside its room`,
      severity: 'error',
      from: { path: anyRoom, pathNot: [only, tests] },
      to: { path: `^node_modules/(@types/)?${name}/` },
    })),
    {
      name: 'the registry loads packages on first use',
      comment:
        'export.ts and fulfil.ts bring client libraries; they load when a connection is used.',
      severity: 'error',
      from: { path: '^connectors/[^/]+\\.ts$' },
      to: {
        path: '^connectors/(?!spi/)[^/]+/(export|fulfil)\\.ts$',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    {
      name: 'vaults load on first use',
      comment: 'Clients of vaults bring a network; they load when the settings switch a vault on.',
      severity: 'error',
      from: { path: '^config/', pathNot: ['^config/project/vaults/', tests] },
      to: {
        path: '^config/project/vaults/(?!secret-vault)',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    {
      name: 'libraries of vaults and of encryption load on first use',
      severity: 'error',
      from: { path: anyRoom, pathNot: tests },
      to: {
        path: '^node_modules/(@azure|jose|node-forge|@types/node-forge)/',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    {
      name: 'prepare and evaluate use no library',
      severity: 'error',
      from: { path: '^engine/(prepare|evaluate)/', pathNot: tests },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'node:sqlite stays inside its rooms',
      severity: 'error',
      from: { path: anyRoom, pathNot: ['^(engine/store|connectors/sql)/', tests] },
      to: { path: '^node:sqlite$' },
    },
    {
      name: 'nothing runs code from text',
      severity: 'error',
      from: {},
      to: { path: '^(node:)?vm$' },
    },
    {
      name: 'rooms import only packages that are shipped',
      severity: 'error',
      from: { path: anyRoom, pathNot: [tests, '\\.d\\.ts$'] },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '^node_modules/@types/',
      },
    },
    {
      name: 'no production code imports tests',
      severity: 'error',
      // Workloads start the same servers as tests do.
      from: { pathNot: ['^(test|bench)/', tests] },
      to: { path: ['^test/', tests] },
    },
    { name: 'no cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no orphan',
      severity: 'error',
      from: { orphan: true, path: anyRoom, pathNot: '\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'every import leads somewhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: '^node_modules/' },
    // An extension of an editor, with dependencies of its own.
    exclude: { path: '^(dist|coverage|cli/language-server/vscode)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.d.ts'],
    },
  },
};
