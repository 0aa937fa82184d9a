package catalog_test

import (
	"pavise"
	"testing"
	"time"

	"pavise/internal/authority"
	"pavise/scan"
	"pavise/test/servers"
)

// resumingNginx takes early data, and lets its tickets live for a month.
func resumingNginx(t *testing.T, _ *authority.Authority) scan.Options {
	at := servers.Nginx(t, "ssl_protocols TLSv1.2 TLSv1.3; ssl_early_data on; ssl_session_timeout 30d;")
	return scan.Options{Target: pavise.Target{URL: "https://" + at, Start: "/", TLS: at}, Timeout: time.Minute}
}
