# clients.sh ADDRESS N: N connections to a PostgreSQL on which nothing is ever said.
echo '\sleep 1000 s' >idle.sql
exec "$(ls /usr/lib/postgresql/*/bin/pgbench | tail -n 1)" --no-vacuum --progress 1 --time 1000 \
	--client "$2" --file idle.sql "postgresql://postgres@$1/postgres"
