package pavise

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
)

// travel proves a journey: the lines that walk it again with a jar of cookies, and how
// each step was answered. The account, its password and the hidden fields of forms must
// be put in by hand.
func (a Answer) travel() Proof {
	var got strings.Builder
	j := a.Probe.Journey
	lines := []string{"rm -f jar", `get() { curl -sk -o /dev/null -w '%{http_code} %{redirect_url}\n' "$@"; }`}
	for i, s := range j.Steps {
		lines = append(lines, s.shell(i, j.Cookies))
		if i < len(a.Steps) {
			res := a.Steps[i]
			fmt.Fprintf(&got, "%d %s: %d", i+1, s.words(), res.Status)
			if to := res.Header.Get("Location"); to != "" {
				got.WriteString(" to " + to)
			}
			for _, c := range res.Header["Set-Cookie"] {
				got.WriteString(", sets " + c)
			}
			got.WriteString("\n")
		}
	}
	if a.Error != "" {
		got.WriteString(a.Error + "\n")
	}
	return Proof{Command: strings.Join(lines, "; "), Sent: j.Title + " of " + cmp.Or(j.As, Nobody), Received: got.String()}
}

// shell is the line for one step. The first bears the cookies that it begins with.
func (s Step) shell(at int, cookies string) string {
	var b strings.Builder
	if s.Wait > 0 {
		fmt.Fprintf(&b, "sleep %d; ", int(s.Wait.Seconds()))
	}
	b.WriteString("get")
	switch {
	case s.With == Nobody:
	case s.With != "":
		b.WriteString(" -b " + quote(s.With))
	case at == 0 && cookies != "":
		b.WriteString(" -b " + quote(cookies) + " -c jar")
	default:
		b.WriteString(" -b jar -c jar")
	}
	if s.Login != nil {
		b.WriteString(field("username", s.Login.Account, "$ACCOUNT") + field("password", s.Login.Password, "$PASSWORD"))
	}
	if s.Method != "" && s.Method != http.MethodGet {
		b.WriteString(" -X " + quote(s.Method))
	}
	for _, name := range sortedNames(s.Header) {
		for _, v := range s.Header[name] {
			b.WriteString(" -H " + quote(name+": "+v))
		}
	}
	if s.Body != "" {
		b.WriteString(" --data-binary " + quote(s.Body))
	}
	b.WriteString(" " + quote(s.URL))
	if s.Save != "" {
		b.WriteString("; cp jar " + quote(s.Save))
	}
	return b.String()
}

// words say what a step does.
func (s Step) words() string {
	what := cmp.Or(s.Method, http.MethodGet) + " " + s.URL
	switch {
	case s.Login != nil && (s.Login.Account != "" || s.Login.Password != ""):
		what = "a wrong login at " + s.URL
	case s.Login != nil:
		what = "the login at " + s.URL
	case s.With == Nobody:
		what += " without a cookie"
	case s.With != "":
		what += " with the cookies of " + s.With
	}
	if s.Wait > 0 {
		what = fmt.Sprintf("after %s %s", s.Wait, what)
	}
	return what
}

// field is curl's option for a field of a form: with the value, or with what the shell
// has in its place.
func field(name, value, variable string) string {
	if value == "" {
		return ` --data-urlencode "` + name + "=" + variable + `"`
	}
	return " --data-urlencode " + quote(name+"="+value)
}
