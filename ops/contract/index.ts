export { auditor, auditOwner, viewsOwner } from '../config/index.ts';
export { besides, cloneOf, type Besides } from './databases.ts';
export { connectRole, declaredRights, rolesOf, splitColumn, splitRelation, type DeclaredRight } from './rights.ts';
