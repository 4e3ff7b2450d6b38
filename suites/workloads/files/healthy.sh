#!/bin/sh
# Health check of the workload: healthy while it serves and UNHEALTHY_AFTER has not come.
[ -e /run/serving ] && [ ! -e /run/unhealthy ]
