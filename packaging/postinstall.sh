#!/bin/sh
# The service is started by its owner, who first says what it stands in front of.
set -e
if [ -d /run/systemd/system ]; then
  systemd-sysusers pavise.conf
  systemctl daemon-reload
  if [ -n "$2" ] && systemctl --quiet is-active pavise.service; then
    pavise upgrade --state /var/lib/pavise || systemctl restart pavise.service # no connection is lost, if it can be
  fi
fi
