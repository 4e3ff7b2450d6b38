#!/bin/sh
# Tells who answers. The hostname is the container's short id unless the service says otherwise.
printf 'Content-Type: application/json\r\nCache-Control: no-store\r\n\r\n'
printf '{"version":"%s","hostname":"%s"}\n' "$(cat /workload/version)" "$(hostname)"
