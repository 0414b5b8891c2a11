-- title: Row security setting of the session
-- why: on is the default and protects no table by itself; the check rls.sql does the proving

show row_security;
