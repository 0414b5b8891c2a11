-- title: Functions and procedures, without those of extensions
-- why: the body is named by its sha256; to publish it is not the inventory's business
-- $1: names of the schemas to look at; null for all but the system's
select
    namespace.nspname as schema,
    function.proname as name,
    pg_catalog.pg_get_function_identity_arguments(function.oid) as arguments,
    pg_catalog.pg_get_function_result(function.oid) as result,
    language.lanname as language,
    function.prosecdef as security_definer,
    owner.rolname as owner,
    pg_catalog.to_jsonb(coalesce(function.proconfig, '{}')) as settings,
    pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
        coalesce(function.prosqlbody::text, function.prosrc), 'UTF8')), 'hex') as body_sha256
from pg_catalog.pg_proc as function
join pg_catalog.pg_namespace as namespace
    on namespace.oid = function.pronamespace
join pg_catalog.pg_language as language
    on language.oid = function.prolang
join pg_catalog.pg_roles as owner
    on owner.oid = function.proowner
where case when $1::text[] is null
      then namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema'
      else namespace.nspname = any ($1)
  end
  and not exists (
      select from pg_catalog.pg_depend as dependency
      where dependency.classid = 'pg_catalog.pg_proc'::regclass
        and dependency.objid = function.oid
        and dependency.deptype = 'e' -- belongs to an extension
  )
order by namespace.nspname collate "C", function.proname collate "C",
    pg_catalog.pg_get_function_identity_arguments(function.oid) collate "C";
