#!/bin/sh
# First process below the container's init: runs dockerd as a child, so that `engine kill|stop|start` acts on the engine
# while containers, network namespace and this process live on. An engine that ends by itself ends the container with
# its status: nothing here hides a crash. Own state in /run/swarmproof: `engine.pid`, `wanted` (up or down).
set -u

state=/run/swarmproof
mkdir -p "$state"
echo $$ >"$state/supervisor.pid"
echo up >"$state/wanted"
rm -f "$state/engine.pid"
engine=
leaving=

# On cgroup v1 tasks live below the node's own cgroup: freezing the node freezes them, and nothing is left behind when
# it is removed. On v2 the namespace is private and the root has to be emptied before controllers can be handed down.
cgroup_options() {
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p /sys/fs/cgroup/init
    xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/init/cgroup.procs 2>/dev/null
    sed -e 's/ / +/g' -e 's/^/+/' </sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
    return
  fi
  own=$(sed -n 's/^[0-9]*:\([^:]*,\)\{0,1\}freezer\(,[^:]*\)\{0,1\}://p' /proc/self/cgroup)
  echo "--cgroup-parent=${own%/}/swarm"
}

start_engine() {
  # A killed engine leaves these; their numbers may since belong to other processes, which dockerd would take for its own.
  rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid /run/docker/containerd/containerd.pid
  # shellcheck disable=SC2086 # options are words
  dockerd -H unix:///var/run/docker.sock -H tcp://0.0.0.0:2375 --tls=false $cgroup ${ENGINE_ARGS:-} &
  engine=$!
  echo "$engine" >"$state/engine.pid.new"
  mv "$state/engine.pid.new" "$state/engine.pid"
}

leave() {
  leaving=1
  if [ -n "$engine" ]; then kill -TERM "$engine" 2>/dev/null; fi
}

trap leave TERM INT
# Ends a `wait`, so that a new order is seen.
trap : USR1

cgroup=$(cgroup_options)
start_engine
while :; do
  if [ -n "$engine" ]; then
    wait "$engine"
    status=$?
    # A signal ends `wait` while the engine still runs.
    if kill -0 "$engine" 2>/dev/null; then continue; fi
    engine=
    rm -f "$state/engine.pid"
    if [ -n "$leaving" ]; then exit 0; fi
    if [ "$(cat "$state/wanted")" = up ]; then
      echo "engine-supervisor: dockerd ended by itself with status $status" >&2
      exit "$status"
    fi
    echo "engine-supervisor: dockerd is down as ordered (status $status)" >&2
  else
    if [ -n "$leaving" ]; then exit 0; fi
    if [ "$(cat "$state/wanted")" = up ]; then
      start_engine
    else
      # An order that comes between the look and the sleep is repeated by `engine start`.
      sleep 3600 &
      idle=$!
      wait "$idle"
      kill "$idle" 2>/dev/null
    fi
  fi
done
