# postgres.sh PORT: a PostgreSQL with a fresh directory, where it was started.
# Root it does not run as.
set -e
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
dir=$(mktemp -d -p "$PWD")
as=
if [ "$(id -u)" = 0 ]; then
	chown postgres "$dir"
	as="setpriv --reuid=postgres --regid=postgres --clear-groups"
fi
$as "$bin/initdb" --pgdata "$dir" --username postgres --auth trust --no-sync >/dev/null
echo "host all all all trust" >>"$dir/pg_hba.conf"
exec $as "$bin/postgres" -D "$dir" -p "$1" -c listen_addresses='*' -c unix_socket_directories=
