# The Postgres of a run. BASE is Debian bookworm: pulled where a registry
# answers, imported by debootstrap where none does. ORIGIN says which.
ARG BASE
FROM ${BASE}
ARG ORIGIN
LABEL io.memproof.base="${ORIGIN}"
RUN export DEBIAN_FRONTEND=noninteractive \
 && apt-get update \
 && apt-get install -y --no-install-recommends postgresql-common \
 && echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf \
 && apt-get install -y --no-install-recommends postgresql \
 && rm -rf /var/lib/apt/lists/* \
 && ln -s /usr/lib/postgresql/*/bin /opt/postgresql \
 && install -d -o postgres -g postgres -m 0700 /data
ENV PATH=/opt/postgresql:$PATH PGDATA=/data
VOLUME /data
USER postgres
# Arguments are the server's: -c name=value. A password keeps the other users
# of the machine off the published port.
ENTRYPOINT ["sh", "-ec", "umask 077; printf %s \"$PASSWORD\" >/tmp/password; initdb --username=memproof --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync; echo 'host all all all scram-sha-256' >>\"$PGDATA/pg_hba.conf\"; unset PASSWORD; exec postgres \"$@\"", "postgres"]
