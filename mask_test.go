package pavise

import "testing"

func TestMask(t *testing.T) {
	for secret, want := range map[string]string{
		"":                      "*** (0 characters)",
		"keyboardcat":           "*** (11 characters)",
		"keyboard cat":          "key*** (12 characters)",
		"ghp_0123456789abcdefg": "ghp_*** (21 characters)",
		"äöüäöüäöüäöü":          "äöü*** (12 characters)",
	} {
		got := Mask(secret)
		if got != want {
			t.Errorf("%q is shown as %q, want %q", secret, got, want)
		}
		if !Masked("TOKEN="+got) || Masked(secret) {
			t.Errorf("nobody tells %q from %q", got, secret)
		}
	}
	for address, want := range map[string]string{
		"redis://shop:geheim@db/0":         "redis://shop:***@db/0",
		"a https://x:y@z and http://b:c@d": "a https://x:***@z and http://b:***@d",
		"https://shop.example.com:8443/@a": "https://shop.example.com:8443/@a",
	} {
		if got := MaskAddress(address); got != want || Masked(got) != (got != address) {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
}
