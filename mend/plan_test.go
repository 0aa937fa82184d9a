package mend

import "testing"

func TestRaised(t *testing.T) {
	for within, want := range map[string]string{
		"^4.17.1": "^9.9.9", "~1.0": "~9.9.9", "4.17.1": "9.9.9", "=4.17.1": "9.9.9", "4": "^9.9.9", "4.x": "^9.9.9", "": "^9.9.9",
		"*": "^9.9.9", "latest": "^9.9.9", ">=1 <3": "^9.9.9", "1 || 2": "^9.9.9",
		"npm:qs@^6.5.0": "npm:qs@^9.9.9", "npm:@a/b@1.0.0": "npm:@a/b@9.9.9", "npm:qs": "npm:qs@^9.9.9", "npm:^6.5.0": "npm:^9.9.9", "npm:6.5.0": "npm:9.9.9",
		"git+https://x.example/y": "", "file:../x": "", "user/repo": "", "next": "", "workspace:*": "",
	} {
		if got, ok := raised(within, "9.9.9"); got != want || ok != (want != "") {
			t.Errorf("%q becomes %q, not %q", within, got, want)
		}
	}
}

func TestPlainRange(t *testing.T) {
	for within, want := range map[string]string{"^1.0.0": "^1.0.0", "npm:qs@^6.5.0": "^6.5.0", "npm:0.5.3": "0.5.3", "npm:^6": "^6",
		"npm:v1.0.0": "v1.0.0", "npm:@a/b": "*", "npm:qs": "*", "workspace:^1": "^1"} {
		if got := plainRange(within); got != want {
			t.Errorf("%q is %q, not %q", within, got, want)
		}
	}
}
