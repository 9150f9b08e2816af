/** The tree of an expression. `height` bounds recursion: trees taller than the limit are refused by the parser. */

export interface Place {
  readonly offset: number;
  readonly length: number;
}

export interface Tree extends Place {
  readonly height: number;
}

/** A type as written: `string`, `int?`, `List<string>`, `string[]`. */
export interface TypeNode extends Place {
  readonly name: string;
  readonly arguments: readonly TypeNode[];
  readonly isNullable: boolean;
  /** How many `[]` follow. */
  readonly arrayRank: number;
}

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '&&'
  | '||'
  | '&'
  | '|'
  | '^'
  | '??';

export type ArgumentNode = Tree &
  (
    | { readonly kind: 'value'; readonly value: ExpressionNode }
    /** `out var name` or `out int name`; without a type an existing variable. */
    | { readonly kind: 'out'; readonly name: string; readonly type?: TypeNode | 'var' }
  );

export type StringPart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'hole';
      readonly value: ExpressionNode;
      /** Width to pad to: blanks in front, or behind when negative. */
      readonly alignment?: number;
      readonly format?: string;
    };

/** What a value is tested against in `is` and `switch`. */
export type PatternNode = Tree &
  (
    | { readonly kind: 'constant'; readonly value: ExpressionNode }
    | {
        readonly kind: 'relation';
        readonly operator: '<' | '<=' | '>' | '>=';
        readonly value: ExpressionNode;
      }
    | { readonly kind: 'discard' }
    | { readonly kind: 'notPattern'; readonly operand: PatternNode }
    | {
        readonly kind: 'andPattern' | 'orPattern';
        readonly left: PatternNode;
        readonly right: PatternNode;
      }
  );

/** One arm of a switch expression. */
export interface SwitchArm extends Tree {
  readonly pattern: PatternNode;
  readonly guard?: ExpressionNode;
  readonly value: ExpressionNode;
}

/** `case a: case b: …` of a switch statement; a label without a pattern is `default`. */
export interface SwitchSection extends Tree {
  readonly labels: readonly (Tree & {
    readonly pattern?: PatternNode;
    readonly guard?: ExpressionNode;
  })[];
  readonly statements: readonly StatementNode[];
}

/** What stands in `{ }` after `new`: items, `{ key, value }` pairs, or `[key] = value` pairs. */
export type InitializerNode = Tree & {
  readonly values: readonly ExpressionNode[];
};

export type ExpressionNode = Tree &
  (
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'char'; readonly value: string }
    | { readonly kind: 'int'; readonly value: bigint; readonly isLong: boolean }
    | { readonly kind: 'double'; readonly value: number }
    | { readonly kind: 'bool'; readonly value: boolean }
    | { readonly kind: 'null' }
    | { readonly kind: 'interpolated'; readonly parts: readonly StringPart[] }
    | { readonly kind: 'name'; readonly name: string }
    /** `default` or `default(T)`. */
    | { readonly kind: 'default'; readonly type?: TypeNode }
    | {
        readonly kind: 'member';
        readonly target: ExpressionNode;
        readonly name: string;
        readonly nameOffset: number;
        /** Type arguments of a generic call. */
        readonly typeArguments: readonly TypeNode[];
      }
    | {
        readonly kind: 'call';
        readonly target: ExpressionNode;
        readonly arguments: readonly ArgumentNode[];
      }
    | { readonly kind: 'index'; readonly target: ExpressionNode; readonly index: ExpressionNode }
    /** `target?.rest`: `rest` reads the target where it holds the `subject` node. */
    | {
        readonly kind: 'conditionalAccess';
        readonly target: ExpressionNode;
        readonly rest: ExpressionNode;
      }
    | { readonly kind: 'subject' }
    | { readonly kind: 'not' | 'negate' | 'plus'; readonly operand: ExpressionNode }
    | {
        readonly kind: 'binary';
        readonly operator: BinaryOperator;
        readonly left: ExpressionNode;
        readonly right: ExpressionNode;
      }
    | {
        readonly kind: 'conditional';
        readonly condition: ExpressionNode;
        readonly whenTrue: ExpressionNode;
        readonly whenFalse: ExpressionNode;
      }
    | { readonly kind: 'isNull'; readonly operand: ExpressionNode; readonly isNegated: boolean }
    | { readonly kind: 'cast'; readonly type: TypeNode; readonly operand: ExpressionNode }
    | {
        readonly kind: 'lambda';
        readonly parameters: readonly (Place & {
          readonly name: string;
          readonly type?: TypeNode;
        })[];
        /** A block for a lambda with statements. */
        readonly body: ExpressionNode | (StatementNode & { readonly kind: 'block' });
      }
    | {
        readonly kind: 'new';
        readonly type: TypeNode;
        readonly arguments: readonly ArgumentNode[];
        readonly initializers: readonly InitializerNode[];
      }
    /** `new[] { … }`, `new string[] { … }`. */
    | {
        readonly kind: 'list';
        readonly elementType?: TypeNode;
        readonly items: readonly ExpressionNode[];
      }
    /** `new string[n]`. */
    | { readonly kind: 'array'; readonly elementType: TypeNode; readonly size: ExpressionNode }
    | { readonly kind: 'matches'; readonly operand: ExpressionNode; readonly pattern: PatternNode }
    | {
        readonly kind: 'switch';
        readonly operand: ExpressionNode;
        readonly arms: readonly SwitchArm[];
      }
    /** `unchecked(…)`: integers wrap around inside. */
    | { readonly kind: 'unchecked' | 'checked'; readonly operand: ExpressionNode }
    /** Something that could not be read; already reported. */
    | { readonly kind: 'broken' }
  );

export type StatementNode = Tree &
  (
    | {
        readonly kind: 'declare';
        /** Absent for `var`. */
        readonly type?: TypeNode;
        readonly name: string;
        readonly nameOffset: number;
        readonly value?: ExpressionNode;
      }
    | {
        readonly kind: 'assign';
        readonly name: string;
        readonly operator: '=' | '+=' | '-=' | '*=' | '/=' | '%=' | '??=';
        readonly value: ExpressionNode;
      }
    /** `target[index] = value`. */
    | {
        readonly kind: 'assignIndex';
        readonly target: ExpressionNode & { readonly kind: 'index' };
        readonly operator: '=' | '+=' | '-=' | '*=' | '/=' | '%=' | '??=';
        readonly value: ExpressionNode;
      }
    | { readonly kind: 'evaluate'; readonly value: ExpressionNode }
    | {
        readonly kind: 'if';
        readonly condition: ExpressionNode;
        readonly whenTrue: StatementNode;
        readonly whenFalse?: StatementNode;
      }
    | {
        readonly kind: 'foreach';
        readonly type?: TypeNode;
        readonly name: string;
        readonly nameOffset: number;
        readonly items: ExpressionNode;
        readonly body: StatementNode;
      }
    | {
        readonly kind: 'for';
        readonly start?: StatementNode;
        readonly condition?: ExpressionNode;
        readonly step: readonly StatementNode[];
        readonly body: StatementNode;
      }
    | {
        readonly kind: 'while' | 'do';
        readonly condition: ExpressionNode;
        readonly body: StatementNode;
      }
    | {
        readonly kind: 'switchStatement';
        readonly operand: ExpressionNode;
        readonly sections: readonly SwitchSection[];
      }
    | { readonly kind: 'return'; readonly value?: ExpressionNode }
    | { readonly kind: 'break' | 'continue' }
    | { readonly kind: 'block'; readonly statements: readonly StatementNode[] }
    | { readonly kind: 'sequence'; readonly statements: readonly StatementNode[] }
  );
