export { identifier, literal, qualified } from './quote.ts';
export { oneStatement } from './one-statement.ts';
export { filledIn, unchanged, wrapped, type Rewritten } from './rewritten.ts';
export { runFile, runStatement } from './run-file.ts';
export { ScriptFailure, Session, type QueryResult, type Target } from './session.ts';
export { scramVerifier } from './scram.ts';
export { faultAt, serverMessage, SqlError, sqlErrorOf, type SqlLocation } from './sql-error.ts';
export { readSqlFile, readSqlFolder, requireHeader, sectionsOf, type SqlFile, type SqlSection } from './sql-file.ts';
export { parseScript, type Statement, type StatementNode } from './statements.ts';
