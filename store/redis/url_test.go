package redis

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Options{
		"redis://localhost":                     {Addresses: []string{"localhost:6379"}},
		"valkey://10.0.0.1:7000/3":              {Addresses: []string{"10.0.0.1:7000"}, Database: 3},
		"redis://[::1]":                         {Addresses: []string{"[::1]:6379"}},
		"redis://:p%40ss:word@h":                {Addresses: []string{"h:6379"}, Password: "p@ss:word"},
		"rediss://u:a/b@h/1?ca=/c&timeout=50ms": {},
		"rediss://u:ab@h/1?ca=/c&timeout=50ms&cert=/d&key=/e&server-name=n&prefix=shop:": {Addresses: []string{"h:6379"}, User: "u", Password: "ab", Database: 1,
			TLS: true, CA: "/c", Timeout: 50 * time.Millisecond, Certificate: "/d", Key: "/e", ServerName: "n", Prefix: "shop:"},
		"redis://u@a,b:1?sentinel=main&password-file=/p&sentinel-password-file=/q&sentinel-user=s": {Mode: Sentinel, Primary: "main", User: "u",
			Addresses: []string{"a:26379", "b:1"}, PasswordFile: "/p", SentinelPasswordFile: "/q", SentinelUser: "s"},
		"redis://a,b,c?cluster=true":                                   {Mode: Cluster, Addresses: []string{"a:6379", "b:6379", "c:6379"}},
		"unix:///run/redis.sock?database=2&user=u&password-file=/p%20": {Addresses: []string{"/run/redis.sock"}, Database: 2, User: "u", PasswordFile: "/p "},
	} {
		got, err := Parse(text)
		if want.Addresses == nil {
			if err == nil {
				t.Errorf("%s: taken as %+v", text, got)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, %v; want %#v", text, got, err, want)
		}
	}
}

// secrets are what no error and no text may show.
var wrong = map[string]string{
	"localhost:6379":                              "begin with redis://",
	"http://h":                                    "no scheme of Redis",
	"redis://":                                    `address "" must be host:port`,
	"redis://u:s3cret%zz@h":                       "written %25",
	"redis://:s3cret@h/x":                         "must be a number",
	"redis://:s3cret@h?password=s3cret":           `no option "password"; is it password-file?`,
	"redis://:s3cret@h?xyzzy=s3cret":              `no option "xyzzy"; there are ca, cert, cluster, database,`,
	"redis://:s3cret@h:99999":                     "port of at most 65535",
	"redis://:s3cret@h:redis":                     "port of at most 65535",
	"redis://:s3cret@h:0":                         "port of at most 65535",
	"redis://:s3cret@h?prefix=a&prefix=b":         "prefix is there twice",
	"redis://:s3cret@h?timeout=-1s":               "timeout must be a length of time",
	"redis://:s3cret@a,b":                         "say which by sentinel=NAME or cluster=true",
	"redis://:s3cret@a?cluster=yes":               "cluster=true stands alone",
	"redis://:s3cret@a?cluster=true&sentinel=x":   "cluster=true stands alone",
	"redis://:s3cret@a/1?cluster=true":            "only database 0",
	"redis://:s3cret@a?ca=/x":                     "for TLS: rediss://",
	"rediss://:s3cret@a?cert=/x":                  "go together",
	"redis://:s3cret@a?password-file=/x":          "not both",
	"redis://u@a":                                 `user "u" needs a password`,
	"redis://:s3cret@a?sentinel-user=u":           "no Sentinels",
	"redis://a?sentinel=x&sentinel-user=u":        "of the Sentinels needs a password",
	"redis://a?sentinel=":                         "name of a primary",
	"unix://run/redis.sock":                       "begins with /",
	"redis://a?%zz":                               "no list of options",
	"redis://a?prefix=" + strings.Repeat("p", 65): "at most 64 bytes",
}

func TestParseRefuses(t *testing.T) {
	for text, want := range wrong {
		_, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error shows the password: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for text := range wrong {
		f.Add(text)
	}
	f.Add("redis://u:pw@a:1,b,[::1]/0?sentinel=x&prefix=y")
	f.Fuzz(func(t *testing.T, text string) {
		o, err := Parse(text)
		if err == nil && o.Validate() != nil {
			t.Errorf("%q is taken, and not valid: %v", text, o.Validate())
		}
	})
}

func TestNoPasswordIsShown(t *testing.T) {
	o, err := Parse("redis://u:s3cret@h")
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, o); strings.Contains(text, "s3cret") || !strings.Contains(text, "h:6379") {
			t.Errorf("%s shows %s", format, text)
		}
	}
}
