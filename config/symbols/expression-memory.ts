/** Compiles an expression once for as long as the entity model says the same. */
import { compileExpression } from '../expression/compile.ts';
import type { CompileRequest, CompileResult } from '../expression/compile-request.ts';

export interface ExpressionMemory {
  readonly compile: (request: CompileRequest) => CompileResult;
  clear(): void;
}

/** Beyond this many the memory starts anew: old texts of an expression that is typed stay in it. */
const maximumRemembered = 50_000;

export function createExpressionMemory(): ExpressionMemory {
  const results = new Map<string, CompileResult>();
  return {
    compile(request) {
      const { binding, expression, root, expected, isLiteralAllowed } = request;
      const key = JSON.stringify([binding, expression, root, expected, isLiteralAllowed]);
      const known = results.get(key);
      if (known !== undefined) return known;
      if (results.size >= maximumRemembered) results.clear();
      const result = compileExpression(request);
      results.set(key, result);
      return result;
    },
    clear: () => results.clear(),
  };
}
