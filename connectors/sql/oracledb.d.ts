/** The part of oracledb, published without types, that the driver builds on: https://node-oracledb.readthedocs.io */
declare module 'oracledb' {
  export interface OracleColumn {
    readonly name: string;
    /** `DB_TYPE_NUMBER` and the like. */
    readonly dbTypeName: string;
  }

  export interface OracleResultSet {
    getRows(count: number): Promise<readonly (readonly unknown[])[]>;
    close(): Promise<void>;
  }

  export interface OracleResult {
    readonly metaData?: readonly OracleColumn[];
    readonly rows?: readonly (readonly unknown[])[];
    readonly resultSet?: OracleResultSet;
    readonly rowsAffected?: number;
  }

  export interface OracleType {
    readonly name: string;
  }

  export interface OracleExecuteOptions {
    readonly outFormat: number;
    readonly resultSet?: boolean;
    readonly fetchArraySize?: number;
    readonly prefetchRows?: number;
    readonly maxRows?: number;
    readonly fetchTypeHandler?: (column: OracleColumn) => { readonly type: OracleType } | undefined;
  }

  export interface OracleConnection {
    callTimeout: number;
    readonly oracleServerVersionString: string;
    execute(
      text: string,
      values: readonly unknown[],
      options: OracleExecuteOptions,
    ): Promise<OracleResult>;
    commit(): Promise<void>;
    rollback(): Promise<void>;
    break(): Promise<void>;
    close(options?: { readonly drop?: boolean }): Promise<void>;
  }

  export interface OracleAddress {
    readonly user: string;
    readonly password: string;
    readonly connectString: string;
    readonly connectTimeout?: number;
    readonly transportConnectTimeout?: number;
    readonly configDir?: string;
    readonly walletLocation?: string;
  }

  const oracledb: {
    readonly OUT_FORMAT_ARRAY: number;
    readonly DB_TYPE_VARCHAR: OracleType;
    readonly DB_TYPE_RAW: OracleType;
    getConnection(address: OracleAddress): Promise<OracleConnection>;
  };
  export default oracledb;
}
