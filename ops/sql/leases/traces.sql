-- title: What the server still knows of a role that was ended
-- why: pg_shdepend lists every object, policy and ACL entry in every database that names a role: none is the proof
--   $1 the role's id

select
    (
        select count(*)
        from pg_catalog.pg_shdepend as dependency
        where dependency.refclassid = 'pg_catalog.pg_authid'::regclass and dependency.refobjid = $1::int8::oid
    ) as dependencies,
    (
        select count(*)
        from pg_catalog.pg_auth_members as membership
        where $1::int8::oid in (membership.roleid, membership.member, membership.grantor)
    ) as memberships,
    (
        select count(*)
        from pg_catalog.pg_db_role_setting as setting
        where setting.setrole = $1::int8::oid
    ) as settings,
    (
        select count(*)
        from pg_catalog.pg_stat_activity as session
        where session.usesysid = $1::int8::oid
    ) as sessions;
