#!/bin/sh
# Writes cluster/secrets/: passwords, Ray's token, and a certificate for HOST (a name or an address; default localhost) that
# lasts a year. What is there already stays.
# For Kubernetes: kubectl create secret generic automl-tl --from-env-file cluster/secrets/service.env
set -eu
umask 077
directory="${1:-$(dirname "$0")/secrets}"
host="${HOST:-localhost}"
mkdir -p "$directory"
cd "$directory"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

[ -s database_password ] || random > database_password
[ -s ray_token ] || random > ray_token
[ -s object-store.env ] || printf 'MINIO_ROOT_USER=automl\nMINIO_ROOT_PASSWORD=%s\n' "$(random)" > object-store.env
password=$(sed -n 's/^MINIO_ROOT_PASSWORD=//p' object-store.env)
cat > service.env <<END
AUTOML_TL_DATABASE=postgresql+psycopg://automl:$(cat database_password)@postgres/automl
AUTOML_TL_BLOB_STORE=s3://automl/blobs
AUTOML_TL_WORK_STORE=s3://automl/work
AWS_ACCESS_KEY_ID=automl
AWS_SECRET_ACCESS_KEY=$password
AWS_ENDPOINT_URL=http://object-store:9000
END
if [ ! -s tls_key.pem ]; then
    # A client that connects to an address looks for it among the certificate's addresses only, never among its names.
    case "$host" in
        *:*) kind=IP ;;
        *[!0-9.]*) kind=DNS ;;
        *) kind=IP ;;
    esac
    openssl req -x509 -newkey rsa:3072 -sha256 -days 365 -nodes -subj "/CN=$host" -addext "subjectAltName=$kind:$host" \
        -keyout tls_key.pem -out tls_certificate.pem 2> /dev/null
fi
# Compose hands these over with the modes that they have here, to a user of the container's own; the directory is shut.
chmod 644 database_password ray_token tls_certificate.pem tls_key.pem
chmod 700 .
