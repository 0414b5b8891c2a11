export { auditor, auditOwner, viewsOwner } from '../config/index.ts';
export {
  comparisonDatabases,
  connectRole,
  declaredRights,
  rolesOf,
  splitColumn,
  splitRelation,
  type DeclaredRight,
} from './rights.ts';
