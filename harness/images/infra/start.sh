#!/bin/sh
# Start of a pod's infra container: keeps Toxiproxy alive under its own uid and becomes the agent. Toxiproxy is never
# the container's first process, because its end would take the network namespace along. Decides nothing else.
set -u

# The uid exempts the proxy's own dials from the rules that steer a link into the proxy.
readonly PROXY_UID=9999

supervise() {
  while :; do
    setpriv --reuid "$PROXY_UID" --regid "$PROXY_UID" --clear-groups --bounding-set -all --inh-caps -all --no-new-privs \
      toxiproxy-server -host "${TOXIPROXY_HOST:-0.0.0.0}" -port "${TOXIPROXY_PORT:-8474}" &
    proxy=$!
    # Whoever wants Toxiproxy killed finds it here.
    echo "$proxy" >/run/toxiproxy.pid
    wait "$proxy"
    echo "toxiproxy-server ended with status $?" >&2
    usleep 50000
  done
}

supervise &
exec node /opt/swarmproof/agent.cjs "$@"
