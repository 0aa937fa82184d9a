package headers

import (
	"strings"
	"testing"

	"pavise"
)

func TestPermissions(t *testing.T) {
	const name = "Permissions-Policy: "
	const rest = "display-capture=(self), geolocation=(self), hid=(self), microphone=(self), midi=(self), serial=(self), usb=(self)"
	const ours = name + "camera=(self), " + rest
	travel(t, Permissions{}, []trip{
		{name: "nothing", app: head(), want: head(ours)},
		{name: "empty", app: head(name), want: head(ours)},
		{name: "names one", app: head(name + "camera=()"), want: head(name + "camera=(), " + rest)},
		{name: "names a partner", app: head(name + `camera=(self "https://a.example, b");report-to=x`),
			want: head(name + `camera=(self "https://a.example, b");report-to=x, ` + rest)},
		{name: "names another", app: head(name + "fullscreen=*"), want: head(name + "fullscreen=*, camera=(self), " + rest)},
		{name: "two lines", app: head(name+"camera=()", name+"hid=()"),
			want: head(name + "camera=(), hid=(), " + strings.Replace(rest, "hid=(self), ", "", 1))},
		{name: "names all", app: head(strings.ReplaceAll(ours, "(self)", "()")), want: head(strings.ReplaceAll(ours, "(self)", "()"))},
		{name: "gives away", app: head(name + "camera=*"), want: head(name + "camera=*, " + rest), note: "gives camera to any frame"},
		{name: "malformed", app: head(name + "camera 'none'"), want: head(ours), note: "camera 'none' is replaced"},
	})
	travel(t, Permissions{Policy: map[string]string{"camera": "()", "fullscreen": "(self)"}}, []trip{
		{name: "set", app: head(), want: head(name + strings.Replace("camera=(), "+rest, "geolocation", "fullscreen=(self), geolocation", 1))},
	})
	judged(t, Permissions{}, "headers.permissions.present", []verdict{
		{"nothing", page(), pavise.Fail, "no Permissions-Policy"},
		{"ours", page(ours), pavise.Pass, "camera"},
		{"three", page(name + "camera=(), microphone=(), geolocation=(self)"), pavise.Pass, "camera"},
		{"two", page(name + "camera=(), microphone=()"), pavise.Fail, "camera"},
		{"given away", page(name + "camera=(), microphone=(), geolocation=*"), pavise.Fail, "geolocation=*"},
		{"given away in a list", page(name + "camera=(self *), microphone=(), geolocation=()"), pavise.Fail, "(self *)"},
		{"malformed", page(name + "camera=(), microphone=(), geolocation=(),"), pavise.Fail, "camera"},
	})
	mistakes(t, map[string]pavise.Control{
		"<nil>": Permissions{Policy: map[string]string{"camera": `(self "https://a.example")`, "usb": "()"}},
		`headers.permissions: policy: "Camera" is no name of a feature, such as camera` + "\n" +
			`headers.permissions: policy: "a=b" is no name of a feature, such as camera` + "\n" +
			`headers.permissions: policy: midi must be (), (self) or such as (self "https://frames.example.com"), not "*"` + "\n" +
			`headers.permissions: policy: usb must be (), (self) or such as (self "https://frames.example.com"), not "none"`: Permissions{
			Policy: map[string]string{"usb": "none", "Camera": "()", "a=b": "()", "midi": "*"}},
	})
}

func TestAllowList(t *testing.T) {
	for s, want := range map[string]bool{
		"()": true, "(self)": true, "( self )": true, `("https://a.example" self)`: true,
		"": false, "self": false, "(self": false, "self)": false, "(none)": false, "(https://a.example)": false,
		"(self), usb=()": false, `("https://a.example)`: false, "(self);x": false, `("http://a.example")`: false,
	} {
		if got := allowList(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}
