export {
  auditor,
  auditOwner,
  connectRole,
  declaredRights,
  rolesOf,
  splitColumn,
  splitRelation,
  viewsOwner,
  type DeclaredRight,
} from './rights.ts';
