/** What other rooms may use of `connectors`: the contract, the files of an export, and the list of packages. */

export * from './registry.ts';
export * from './spi/csv-format.ts';
export * from './spi/csv-records.ts';
export * from './spi/date-formats.ts';
export * from './spi/errors.ts';
export * from './spi/export-manifest.ts';
export * from './spi/file-access.ts';
export * from './spi/file-writing.ts';
export * from './spi/nearest-name.ts';
export * from './spi/order.ts';
export * from './spi/order-json.ts';
export * from './spi/package.ts';
export * from './spi/prepared-session.ts';
export * from './spi/row.ts';
export * from './spi/secret.ts';
export * from './spi/settings.ts';
export * from './spi/settings-table.ts';
export * from './spi/transformations.ts';
export * from './spi/value-formats.ts';
export * from './spi/write-tables.ts';
