package scan

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"pavise"
)

// A walker is one client with cookies of its own.
type walker struct {
	client  client
	account *Account // nil is nobody
	bearing
	saved   map[string]bearing
	taken   map[string]string
	secrets []string
	at      *url.URL               // last asked
	forms   map[string]pavise.Form // that it was shown, by their action

	mu      sync.Mutex // of an account's lasting client, as are the next
	once    *sync.Once
	refused error
}

// bearing is by what a client is known.
type bearing struct {
	cookies jar
	header  http.Header
}

func (b bearing) copy() bearing {
	return bearing{cookies: maps.Clone(b.cookies), header: b.header.Clone()}
}

// waits is how long a journey rests on its way.
func waits(j pavise.Journey) (all time.Duration) {
	for _, s := range j.Steps {
		all += max(0, s.Wait)
	}
	return min(all, maxIdle)
}

// journey goes step by step, and returns what came back as far as it got.
func (c client) journey(ctx context.Context, j pavise.Journey) ([]pavise.Response, error) {
	w := &walker{client: c, saved: map[string]bearing{pavise.Nobody: {cookies: jar{}, header: http.Header{}}}, taken: map[string]string{}, forms: map[string]pavise.Form{}}
	if j.As != "" {
		lasting := c.clients[j.As]
		if lasting == nil || c.opt.Target.Agreed == "" {
			return nil, fmt.Errorf("no account is called %q", j.As)
		}
		w.account = lasting.account
	}
	if len(j.Steps) > pavise.MaxSteps {
		return nil, fmt.Errorf("more than %d steps", pavise.MaxSteps)
	}
	w.ready()
	w.cookies.add(j.Cookies)
	var list []pavise.Response
	for i, s := range j.Steps {
		if s.Wait > 0 && !rest(ctx, min(s.Wait, maxIdle)) {
			return list, ctx.Err()
		}
		seen, err := w.step(ctx, s)
		if err != nil {
			return list, fmt.Errorf("step %d: %w", i+1, err)
		}
		list = append(list, *w.veiled(seen))
	}
	return list, nil
}

// ready gives the client what the account has before any login.
func (w *walker) ready() {
	w.bearing = bearing{cookies: jar{}, header: http.Header{}}
	if w.account == nil {
		return
	}
	if w.secret(w.account.Password); w.account.Login == "" {
		w.cookies.add(w.account.Cookie)
		w.header = w.account.Header.Clone()
		for _, values := range w.header {
			w.secret(values...)
		}
	}
}

// step takes one step, and keeps what it says.
func (w *walker) step(ctx context.Context, s pavise.Step) (*pavise.Response, error) {
	own := w.bearing
	if s.With != "" {
		with, ok := w.saved[s.With]
		if !ok {
			return nil, fmt.Errorf("nothing was saved as %q", s.With)
		}
		w.bearing = with.copy()
	}
	seen, err := w.one(ctx, s)
	if err != nil {
		return nil, err
	}
	if s.With != "" {
		w.bearing = own
	} else {
		for _, f := range seen.Forms {
			w.forms[f.Action] = f
		}
	}
	for name, from := range s.Take {
		w.taken[name] = w.find(seen, from)
		w.secret(w.taken[name])
	}
	if s.Save != "" {
		w.saved[s.Save] = w.bearing.copy()
	}
	return seen, nil
}

func (w *walker) one(ctx context.Context, s pavise.Step) (*pavise.Response, error) {
	if s.Login != nil {
		return w.login(ctx, s.URL, *s.Login)
	}
	r := w.filled(s.Request)
	if form, shown := w.forms[r.URL]; shown && strings.EqualFold(r.Method, form.Method) && r.Method == http.MethodPost && r.Body == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body = sent(form).Encode()
	}
	if r.Method == http.MethodPost && r.Header["Origin"] == nil {
		r.Header.Set("Origin", w.client.opt.Target.URL)
	}
	return w.ask(ctx, r)
}

// ask puts one request of the client, to the site alone, and takes its cookies.
func (w *walker) ask(ctx context.Context, r pavise.Request) (*pavise.Response, error) {
	if !w.client.opt.Target.Owns(r.URL) {
		return nil, errors.New("what is secret goes to no other site than the scanned")
	}
	header := r.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	maps.Copy(header, w.header)
	if header["Cookie"] == nil {
		header["Cookie"] = w.cookies.line()
	}
	r.Header, r.As = header, ""
	seen, err := w.client.request(ctx, r)
	if err != nil {
		return nil, err
	}
	w.at, _ = url.Parse(r.URL) // it was asked for
	for _, c := range (&http.Response{Header: seen.Header}).Cookies() {
		if w.cookies.set(c); pavise.SessionCookie(c.Name) || len(c.Value) >= longSecret {
			w.secret(c.Value)
		}
	}
	for _, form := range seen.Forms {
		for _, f := range form.Fields {
			if f.Kind == "hidden" && len(f.Value) >= longSecret {
				w.secret(f.Value)
			}
		}
	}
	return seen, nil
}

// find returns a value of the forms or the cookies of a response.
func (w *walker) find(seen *pavise.Response, from string) string {
	if name, ok := strings.CutPrefix(from, "cookie:"); ok {
		return w.cookies[name]
	}
	for _, form := range seen.Forms {
		for _, f := range form.Fields {
			if f.Name == from {
				return f.Value
			}
		}
	}
	return ""
}

// filled puts what was taken into the texts of a request, each as its place wants it.
func (w *walker) filled(r pavise.Request) pavise.Request {
	var pairs []string
	for name, value := range w.taken {
		pairs = append(pairs, "{"+name+"}", value)
	}
	if w.account != nil {
		pairs = append(pairs, "{account}", w.account.User, "{password}", w.account.Password)
	}
	as := func(text string, how func(string) string) string {
		escaped := make([]string, len(pairs))
		for i, s := range pairs {
			if escaped[i] = s; i%2 == 1 {
				escaped[i] = how(s)
			}
		}
		return strings.NewReplacer(escaped...).Replace(text)
	}
	r.URL = as(r.URL, url.QueryEscape)
	header := http.Header{}
	for name, values := range r.Header {
		for _, v := range values {
			header.Add(name, as(v, func(s string) string { return s }))
		}
	}
	body := url.QueryEscape
	if strings.Contains(r.Header.Get("Content-Type"), "json") {
		body = inJSON
	}
	r.Header, r.Body = header, as(r.Body, body)
	return r
}
