//go:build unix

package dashboard_test

import (
	"os"
	"syscall"
	"testing"
	"time"

	"pavise/dashboard"
	"pavise/test/tools"
)

// TestUsersBelongToTheService: root adds a user to the state of a service, which reads it.
func TestUsersBelongToTheService(t *testing.T) {
	if os.Geteuid() != 0 {
		tools.Lack(t, "only root writes for others")
	}
	const service = 65534
	state := t.TempDir()
	if err := os.Chown(state, service, service); err != nil {
		tools.Lack(t, "without CAP_CHOWN: %v", err)
	}
	u, err := dashboard.NewUser("ada", "correct horse battery", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := dashboard.SaveUsers(dashboard.UsersFile(state), []dashboard.User{u}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dashboard.UsersFile(state))
	if err != nil {
		t.Fatal(err)
	}
	if is := info.Sys().(*syscall.Stat_t); is.Uid != service || is.Gid != service || info.Mode().Perm() != 0o600 {
		t.Errorf("%d:%d %v", is.Uid, is.Gid, info.Mode())
	}
}
