export { auditor, auditOwner, viewsOwner } from '../config/index.ts';
export { besides, cloneOf, type Besides } from './databases.ts';
export { makingFor } from './making.ts';
export {
  connectRole,
  declaredRights,
  extensionsSchema,
  rolesOf,
  splitColumn,
  splitRelation,
  type DeclaredRight,
} from './rights.ts';
