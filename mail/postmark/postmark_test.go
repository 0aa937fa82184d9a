package postmark

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"pavise/mail/letter"
)

// A postmark is a Postmark of ours: it takes what that takes, and answers as it is told.
type postmark struct {
	*httptest.Server
	mu       sync.Mutex
	answer   func(m map[string]any) (status int, body string, header map[string]string)
	messages []map[string]any
}

const ok = `{"To":"x","SubmittedAt":"2026-11-22T01:00:00Z","MessageID":"0a1b","ErrorCode":0,"Message":"OK"}`

func serve(t *testing.T) (*postmark, *Client) {
	t.Helper()
	p := &postmark{}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m map[string]any
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || json.NewDecoder(r.Body).Decode(&m) != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			io.WriteString(w, `{"ErrorCode":402,"Message":"Invalid JSON"}`)
			return
		}
		if r.Header.Get("X-Postmark-Server-Token") != "token" {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"ErrorCode":10,"Message":"Bad or missing API token."}`)
			return
		}
		status, body := http.StatusOK, ok
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.answer != nil {
			var header map[string]string
			status, body, header = p.answer(m)
			for name, value := range header {
				w.Header().Set(name, value)
			}
		}
		if status == http.StatusOK {
			p.messages = append(p.messages, m)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(p.Close)
	roots := x509.NewCertPool()
	roots.AddCert(p.Certificate())
	c := New(p.URL, "outbound", func() (string, error) { return "token", nil }, &tls.Config{RootCAs: roots})
	t.Cleanup(c.HTTP.CloseIdleConnections)
	return p, c
}

// TestUnreadable: a message that we could not read to its end has not failed.
func TestUnreadable(t *testing.T) {
	p, c := serve(t)
	for _, text := range []string{"From: hi@shop.test\r\nSub", "From: hi@shop.test\r\n\r\nx",
		"From: hi@shop.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD",
		"From: hi@shop.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"} {
		r := io.MultiReader(strings.NewReader(text), iotest.ErrReader(&letter.Unreadable{Err: errors.New("input/output error")}))
		outcomes, err := c.Send(t.Context(), &letter.Letter{To: []string{"jane@b.test"}, Open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }})
		var unreadable *letter.Unreadable
		if len(outcomes) > 0 || !errors.As(err, &unreadable) || len(p.messages) > 0 {
			t.Errorf("%q: %v %v", text, outcomes, err)
		}
	}
}

func letterOf(text string, to ...string) *letter.Letter {
	text = strings.ReplaceAll(text, "\n", "\r\n")
	return &letter.Letter{From: "hi@shop.test", To: to, Size: int64(len(text)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

const mixed = `Received: from here
From: =?utf-8?q?Caf=C3=A9_=22A=22?= <hi@shop.test>
To: Jane <jane@b.test>, elsewhere@b.test
Cc: joe@c.test
Reply-To: help@shop.test
Subject: =?iso-8859-1?q?Gr=FC=DFe?=
Message-ID: <1@web.test>
X-Order: 7
X-Evil: =?utf-8?q?a=0D=0ABcc:_thief@b.test?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/related; boundary=middle

--middle
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe
--inner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PGI+SGFsbG88L2I+
--inner--
--middle
Content-Type: image/png
Content-ID: <logo@shop>
Content-Disposition: inline; filename=logo.png
Content-Transfer-Encoding: base64

iVBORw0K
--middle--
--outer
Content-Type: application/pdf; name="=?utf-8?q?Rechnung_=E2=82=AC.pdf?="
Content-Disposition: attachment
Content-Transfer-Encoding: base64

JVBERi0=
--outer--
`

// TestMessage: a message is taken apart so that Postmark makes the same of it.
func TestMessage(t *testing.T) {
	p, c := serve(t)
	outcomes, err := c.Send(t.Context(), letterOf(mixed, "jane@b.test", "joe@c.test", "hidden@d.test"))
	if err != nil || len(outcomes) != 3 || outcomes[2].Fate != letter.Delivered || outcomes[0].Said != "as 0a1b" {
		t.Fatal(outcomes, err)
	}
	if len(p.messages) != 1 {
		t.Fatalf("%d questions", len(p.messages))
	}
	m := p.messages[0]
	for name, want := range map[string]string{"From": `"Café \"A\"" <hi@shop.test>`, "To": `"Jane" <jane@b.test>`, "Cc": "joe@c.test", "Bcc": "hidden@d.test",
		"ReplyTo": "help@shop.test", "Subject": "Grüße", "TextBody": "Grüße", "HtmlBody": "<b>Hallo</b>", "MessageStream": "outbound"} {
		if m[name] != want {
			t.Errorf("%s is %q, want %q", name, m[name], want)
		}
	}
	headers := map[string]string{}
	for _, h := range m["Headers"].([]any) {
		f := h.(map[string]any)
		headers[f["Name"].(string)] = f["Value"].(string)
	}
	if len(headers) != 4 || headers["Message-ID"] != "<1@web.test>" || headers["X-PM-KeepID"] != "true" || headers["X-Order"] != "7" || headers["X-Evil"] != "aBcc: thief@b.test" {
		t.Errorf("%v", headers)
	}
	var names []string
	for _, one := range m["Attachments"].([]any) {
		a := one.(map[string]any)
		content, err := base64.StdEncoding.DecodeString(a["Content"].(string))
		id, _ := a["ContentID"].(string)
		names = append(names, a["Name"].(string)+" "+a["ContentType"].(string)+" "+id+" "+string(content[:3]))
		if err != nil {
			t.Error(err)
		}
	}
	if got := strings.Join(names, "|"); got != "logo.png image/png cid:logo@shop \x89PN|Rechnung €.pdf application/pdf  %PD" {
		t.Errorf("%q", got)
	}
}

// TestPlain: what has no parts, no name of a charset, or nothing at all.
func TestPlain(t *testing.T) {
	p, c := serve(t)
	for text, want := range map[string]string{
		"From: a@shop.test\nTo: jane@b.test\n\nHello":                                       "Hello",
		"From: a@shop.test\nTo: root\nReply-To: <<\n\nHello":                                "Hello",
		"From: a@shop.test\nTo: jane@b.test\n\n":                                            " ",
		"From: a@shop.test\nContent-Type: nonsense;;\n\nHello":                              "Hello",
		"From: a@shop.test\nContent-Type: text/plain; charset=nonesuch\n\n\xff":             "\uFFFD",
		"From: a@shop.test\nContent-Type: text/plain; charset=\"windows-1252\"\n\n\x80":     "€",
		"From: a@shop.test\nContent-Type: multipart/report; boundary=b\n\n--b\n\nHi\n--b--": "Hi",
	} {
		p.messages = nil
		if outcomes, err := c.Send(t.Context(), letterOf(text, "jane@b.test")); err != nil || len(p.messages) != 1 || p.messages[0]["TextBody"] != want {
			t.Errorf("%q: %v %v %v", text, outcomes, err, p.messages)
		}
	}
}

// TestUnseen: who is in the envelope alone sees nobody else, and nobody else sees him; who
// is in the header alone gets nothing.
func TestUnseen(t *testing.T) {
	p, c := serve(t)
	outcomes, err := c.Send(t.Context(), letterOf("From: a@shop.test\nTo: undisclosed-recipients:;\nCc: else@b.test\n\nx", "one@b.test", "two@b.test"))
	if err != nil || len(outcomes) != 2 || len(p.messages) != 2 {
		t.Fatal(outcomes, err, p.messages)
	}
	for i, want := range []string{"one@b.test", "two@b.test"} {
		if m := p.messages[i]; m["To"] != want || m["Cc"] != "" || m["Bcc"] != "" {
			t.Errorf("%v", m)
		}
	}
	p.messages = nil
	var many []string
	for i := range 120 {
		many = append(many, strings.Repeat("x", i%50+1)+string(rune('a'+i/50))+"@b.test")
	}
	outcomes, err = c.Send(t.Context(), letterOf("From: a@shop.test\nTo: jane@b.test\n\nx", append(many, "jane@b.test")...))
	if err != nil || len(outcomes) != 121 || len(p.messages) != 71 {
		t.Errorf("%d outcomes in %d questions: %v", len(outcomes), len(p.messages), err)
	}
}

// TestAnswers: what Postmark says is the message's fault, or its recipient's, or nobody's.
func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		fate   letter.Fate // "" is trouble
	}{
		"a wrong field":        {422, `{"ErrorCode":300,"Message":"Invalid 'To' address"}`, letter.Failed},
		"no sender signature":  {422, `{"ErrorCode":400,"Message":"Sender signature not found"}`, letter.Delayed},
		"unconfirmed":          {422, `{"ErrorCode":401,"Message":"Sender signature not confirmed"}`, letter.Delayed},
		"inactive":             {422, `{"ErrorCode":406,"Message":"You tried to send to a recipient that has been marked as inactive."}`, letter.Failed},
		"a forbidden kind":     {422, `{"ErrorCode":411,"Message":"Forbidden attachment type"}`, letter.Failed},
		"no credits":           {422, `{"ErrorCode":405,"Message":"Not allowed to send"}`, ""},
		"waiting for approval": {422, `{"ErrorCode":412,"Message":"Account is pending"}`, ""},
		"maintenance":          {422, `{"ErrorCode":100,"Message":"Maintenance"}`, ""},
		"no such stream":       {422, `{"ErrorCode":1235,"Message":"The 'MessageStream' provided does not exist on this server."}`, ""},
		"an inbound stream":    {422, `{"ErrorCode":1236,"Message":"Sending is not supported on the supplied 'MessageStream'."}`, ""},
		"too large":            {413, ``, letter.Failed},
		"a wrong token":        {401, `{"ErrorCode":10,"Message":"Bad or missing API token."}`, ""},
		"too many":             {429, ``, ""},
		"broken":               {500, `<html>`, ""},
		"away":                 {503, ``, ""},
		"elsewhere":            {302, ``, ""},
		"a page for an answer": {200, `<html>`, ""},
		"ok with an error":     {200, `{"ErrorCode":300,"Message":"no"}`, letter.Failed},
	} {
		p, client := serve(t)
		p.answer = func(map[string]any) (int, string, map[string]string) {
			return c.status, c.body, map[string]string{"Retry-After": "17", "Location": p.URL}
		}
		outcomes, err := client.Send(t.Context(), letterOf("From: a@shop.test\nTo: jane@b.test\n\nx", "jane@b.test"))
		var trouble *letter.Trouble
		switch {
		case c.fate == "" && (!errors.As(err, &trouble) || trouble.After != 17*time.Second || len(outcomes) > 0):
			t.Errorf("%s: %v %v", name, outcomes, err)
		case c.fate != "" && (err != nil || len(outcomes) != 1 || outcomes[0].Fate != c.fate):
			t.Errorf("%s: %v %v", name, outcomes, err)
		}
	}
}

// TestSome: of several recipients those that Postmark names get nothing; where it refuses
// all for one, each is asked for alone.
func TestSome(t *testing.T) {
	p, c := serve(t)
	l := letterOf("From: a@shop.test\nTo: jane@b.test, joe@b.test\n\nx", "jane@b.test", "joe@b.test")
	p.answer = func(map[string]any) (int, string, map[string]string) {
		return 200, `{"ErrorCode":0,"Message":"Message OK, but will not deliver to these inactive addresses: Joe@b.test. More.","MessageID":"1"}`, nil
	}
	if list, err := c.Send(t.Context(), l); err != nil || len(list) != 2 || list[0].Fate != letter.Delivered || list[1].Fate != letter.Failed {
		t.Errorf("%v %v", list, err)
	}
	p.answer = func(m map[string]any) (int, string, map[string]string) {
		if strings.Contains(m["To"].(string), "joe") {
			return 422, `{"ErrorCode":406,"Message":"inactive"}`, nil
		}
		return 200, ok, nil
	}
	if list, err := c.Send(t.Context(), l); err != nil || len(list) != 2 || list[0].Fate != letter.Delivered || list[1].Fate != letter.Failed {
		t.Errorf("%v %v", list, err)
	}
}

// TestHang: a Postmark that says nothing is left when there is no more time, and one that
// others pretend to be hears no token.
func TestHang(t *testing.T) {
	p, c := serve(t)
	stop := make(chan struct{})
	defer close(stop)
	p.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.Send(ctx, letterOf("From: a@shop.test\n\nx", "jane@b.test")); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	q, c := serve(t)
	var heard atomic.Bool
	q.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Store(true) })
	other := New(q.URL, "", c.Token, nil)
	if _, err := other.Send(t.Context(), letterOf("From: a@shop.test\n\nx", "jane@b.test")); err == nil || heard.Load() {
		t.Errorf("an unknown certificate: %v", err)
	}
}

// TestNotTakenApart: what would not survive is not sent.
func TestNotTakenApart(t *testing.T) {
	p, c := serve(t)
	deep := "Content-Type: multipart/mixed; boundary=b0\n\n"
	for i := range 12 {
		n := string(rune('a' + i))
		deep += "--b" + map[bool]string{true: "0", false: string(rune('a' + i - 1))}[i == 0] + "\nContent-Type: multipart/mixed; boundary=b" + n + "\n\n"
	}
	for _, head := range []string{
		"Content-Type: multipart/signed; boundary=b\n\n--b\n\nx\n--b--\n",
		"Content-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n--b--\n",
		"Content-Type: application/pkcs7-mime\n\nx",
		"Content-Type: multipart/mixed; boundary=b\n\nno parts",
		"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!",
		"Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 300) + "--b--\n",
		deep,
	} {
		if list, err := c.Send(t.Context(), letterOf("From: a@shop.test\nTo: jane@b.test\n"+head, "jane@b.test")); err != nil || len(list) != 1 || list[0].Fate != letter.Failed {
			t.Errorf("%.60q: %v %v", head, list, err)
		}
	}
	if len(p.messages) > 0 {
		t.Errorf("%v", p.messages)
	}
}

func TestAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{"": 0, "30": 30 * time.Second, "-1": 0, "999999999999": time.Hour, "999999": time.Hour, "x": 0,
		"Sun, 22 Nov 2026 01:00:09 GMT": 9 * time.Second, "Sun, 22 Nov 2020 01:00:09 GMT": 0} {
		if got := after(text, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// FuzzCompose: no message brings a line into a field, or the program to its knees.
func FuzzCompose(f *testing.F) {
	f.Add(mixed)
	f.Add("Content-Type: multipart/mixed; boundary=\"\"\n\n--\n--")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := compose(strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n")))
		if err != nil {
			return
		}
		for _, s := range []string{m.From, m.ReplyTo, m.Subject} {
			if strings.ContainsAny(s, "\r\n") {
				t.Fatalf("%q", s)
			}
		}
		for _, h := range m.Headers {
			if strings.ContainsAny(h.Name+h.Value, "\r\n") {
				t.Fatalf("%q", h)
			}
		}
	})
}
