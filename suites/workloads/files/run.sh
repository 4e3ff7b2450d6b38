#!/bin/sh
# The workload: serves its identity over HTTP until told to stop. What the environment can ask of it is listed in the
# README of suites/workloads. Times are seconds, whole or decimal.
set -u

version=$(cat /workload/version)

stop() {
  echo "workload $version: stopped"
  exit "${STOP_CODE:-0}"
}

if [ "$version" = broken ]; then
  echo "workload broken: ends at once" >&2
  exit 1
fi

# An ignored signal stays ignored in the children too.
if [ -n "${IGNORE_TERM:-}" ]; then trap '' TERM; else trap stop TERM INT; fi

# `wait` is what a trap can interrupt; a foreground sleep would hold SIGTERM up.
pause() {
  sleep "$1" &
  wait $!
}

if [ -n "${UNHEALTHY_AFTER:-}" ]; then
  (sleep "$UNHEALTHY_AFTER" && touch /run/unhealthy) &
fi

if [ -n "${START_DELAY:-}" ]; then
  echo "workload $version: starts in $START_DELAY s"
  pause "$START_DELAY"
fi

httpd -f -p 8080 -h /workload/www &
server=$!
touch /run/serving
echo "workload $version: serves on 8080"

if [ -n "${EXIT_AFTER:-}" ]; then
  pause "$EXIT_AFTER"
  echo "workload $version: ends with ${EXIT_CODE:-0}"
  exit "${EXIT_CODE:-0}"
fi

wait "$server"
