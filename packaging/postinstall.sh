#!/bin/sh
# The services are started by their owner, who first says what they stand in front of, and
# by whom mail is sent.
set -e
if [ -d /run/systemd/system ]; then
  systemd-sysusers pavise.conf pavise-mail.conf
  systemd-tmpfiles --create pavise-mail.conf
  systemctl daemon-reload
  if [ -n "$2" ] && systemctl --quiet is-active pavise.service; then
    pavise upgrade --state /var/lib/pavise || systemctl restart pavise.service # no connection is lost, if it can be
  fi
  if [ -n "$2" ]; then
    systemctl try-restart pavise-mail.service # meanwhile programs leave their messages in the drop
  fi
fi
