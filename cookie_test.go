package pavise

import "testing"

// TestDeviceCookieIsNoSession: it opens nothing, so no page is private for its sake.
// Another name with the same beginning is the app's.
func TestDeviceCookieIsNoSession(t *testing.T) {
	for name, want := range map[string]bool{DeviceCookie: false, DeviceCookie + "2": true, "device": false} {
		if SessionCookie(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
