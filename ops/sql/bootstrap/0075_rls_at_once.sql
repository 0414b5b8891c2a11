-- title: Row-level security by default, at the moment a table appears
-- why: who holds the rights of an owner makes tables outside of the migrations too
-- needs: superuser

create event trigger drydock_rls_by_default on ddl_command_end execute function drydock.on_ddl();
alter event trigger drydock_rls_by_default enable always;
comment on event trigger drydock_rls_by_default is 'No tag filter: CREATE SCHEMA ... CREATE TABLE and SET SCHEMA make tables too.';
