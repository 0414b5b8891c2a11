-- title: Bootstrap status

select completed_at, version, run_id from audit.bootstrap_status;
