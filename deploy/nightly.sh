#!/bin/sh
# One night of `trustscan live aws`: a folder a night for what was read, one for the records of all nights, the
# reports of the last one. A scan that was killed goes on where it stopped when this is started again within the hours
# that TRUSTSCAN_RESUME_HOURS names. Arguments are passed on; the exit code is trustscan's.
set -eu

home=${TRUSTSCAN_HOME:-/var/lib/trustscan}
hours=${TRUSTSCAN_RESUME_HOURS:-12}
trustscan=${TRUSTSCAN:-trustscan}
umask 077
mkdir -p "$home/captures" "$home/reports"

# An interrupted scan that is older tells of another night: it stays, for `--resume` by hand, and a new one begins.
unfinished=$(find "$home/captures" -mindepth 2 -maxdepth 2 -name 'ledger.sqlite*' -mmin "-$((hours * 60))" |
  sort | tail -n 1)
if [ -n "$unfinished" ]; then
  capture=$(dirname "$unfinished")
  set -- --resume "$@"
else
  night=$(date -u +%Y-%m-%d)
  capture=$home/captures/$night
  again=2
  while [ -e "$capture" ]; do
    capture=$home/captures/$night.$again
    again=$((again + 1))
  done
fi

exec "$trustscan" live aws --save "$capture" --run-dir "$home/runs" \
  --output "json=$home/reports/last.json" --output "markdown=$home/reports/last.md" "$@"
