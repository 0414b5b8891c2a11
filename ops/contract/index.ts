export { auditor, auditOwner, viewsOwner } from '../config/index.ts';
export { connectRole, declaredRights, rolesOf, splitColumn, splitRelation, type DeclaredRight } from './rights.ts';
