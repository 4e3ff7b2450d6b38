#!/bin/sh
# engine kill|stop|start|status – orders to the supervisor about dockerd alone. `kill` and `stop` return when dockerd is
# gone and stays down; `start` returns when it runs (it answers a little later). Status 0: done, 1: not done in time.
set -u

state=/run/swarmproof
readonly TRIES=600 # tenths of a second

pid() { cat "$state/engine.pid" 2>/dev/null; }

# The pid file is removed by the supervisor once dockerd has been reaped.
until_gone() {
  tries=0
  while [ -e "$state/engine.pid" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt "$TRIES" ]; then
      echo "engine: dockerd did not end" >&2
      exit 1
    fi
    sleep 0.1
  done
}

take_down() {
  echo down >"$state/wanted"
  engine=$(pid)
  if [ -n "$engine" ]; then kill "-$1" "$engine" 2>/dev/null; fi
  until_gone
}

start() {
  echo up >"$state/wanted"
  tries=0
  while [ -z "$(pid)" ]; do
    kill -USR1 "$(cat "$state/supervisor.pid")"
    tries=$((tries + 1))
    if [ "$tries" -gt "$TRIES" ]; then
      echo "engine: dockerd did not start" >&2
      exit 1
    fi
    sleep 0.1
  done
}

case "${1:-}" in
kill) take_down KILL ;;
stop) take_down TERM ;;
start) start ;;
status)
  if [ -n "$(pid)" ]; then echo "up $(pid)"; else echo down; fi
  ;;
*)
  echo "usage: engine kill|stop|start|status" >&2
  exit 2
  ;;
esac
