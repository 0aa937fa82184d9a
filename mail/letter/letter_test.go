package letter

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestAddresses(t *testing.T) {
	for s, want := range map[string]bool{
		"a@b.test": true, "a.b+c@b.test": true, "o'neill=x@b.test": true, "a@localhost": true,
		"": false, "a": false, "@b.test": false, "a@": false, "a..b@c.test": false, ".a@b.test": false, "a.@b.test": false,
		"a b@c.test": false, `"a b"@c.test`: false, "a@b@c.test": false, "a@[127.0.0.1]": false, "a@b..c": false, "a@-b.test": false,
		"a>@b.test": false, "a\r\n@b.test": false, "-oX@b.test": false, "ä@b.test": false, "a@ä.test": false, "a,b@c.test": false,
		strings.Repeat("x", 65) + "@b.test": false, "a@" + strings.Repeat("b.", 130) + "test": false,
	} {
		if got := CheckAddress(s) == nil; got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
	if CheckName("root") != nil || CheckName("ro ot") == nil {
		t.Error("names of accounts")
	}
}

func TestHeader(t *testing.T) {
	for text, want := range map[string]error{
		"Subject: a\r\nTo: b@c.test,\r\n d@e.test\r\n\r\nbody": nil,
		"From a@b.test Mon Jan 1\r\nSubject: a\r\n\r\nbody":    nil,
		"\r\nbody":                                                nil,
		"Subject: a\r\nbody\r\n":                                  ErrHeader,
		" folded\r\n\r\n":                                         ErrHeader,
		"A b: c\r\n\r\n":                                          ErrHeader,
		"Subject: a\r\nsubject: b\r\n\r\n":                        ErrTwice,
		"From: a@b.test\r\nFrom: c@d.test\r\n\r\n":                ErrTwice,
		strings.Repeat("Received: x\r\n", 51) + "\r\n":            ErrLoop,
		"Subject: " + strings.Repeat("x", MaxHeader) + "\r\n\r\n": ErrHeaderSize,
		strings.Repeat("X: "+strings.Repeat("x", 900)+"\r\n", 300) + "\r\n": ErrHeaderSize,
	} {
		h, err := Read(bufio.NewReader(strings.NewReader(text)))
		if !errors.Is(err, want) {
			t.Errorf("%.60q: %v, want %v", text, err, want)
		}
		if to := h.Get("to"); want == nil && h.count("To") > 0 && to != "b@c.test, d@e.test" {
			t.Errorf("%q", to)
		}
	}
}

func TestComplete(t *testing.T) {
	m := Maker{Host: "web.test", Sender: "noreply@shop.test"}
	now := time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)
	for from, want := range map[string]string{
		"root (Cron Daemon)":       `"Cron Daemon" <noreply@shop.test>`,
		"www-data":                 `"www-data" <noreply@shop.test>`,
		"Shop <www-data@web.test>": `"Shop" <noreply@shop.test>`,
		"Shop <hi@shop.test>":      "Shop <hi@shop.test>",
		"a@b.test, c@d.test":       "a@b.test, c@d.test",
		"":                         "<noreply@shop.test>",
		"Bcc: <<":                  `"Bcc:" <noreply@shop.test>`,
	} {
		h := Header{{"From", " " + from}, {"Bcc", " secret@b.test"}, {"Return-Path", " <x@b.test>"}}
		m.Complete(&h, "www-data", "from here", now)
		if got := h.Get("From"); got != want {
			t.Errorf("%q: %q, want %q", from, got, want)
		}
		if h.Get("Bcc") != "" || h.Get("Return-Path") != "" || h.Get("Date") == "" || h.Get("Message-ID") == "" || h[0].Name != "Received" {
			t.Errorf("%v", h)
		}
	}
	if m := (Maker{Host: "web.test"}); m.As("root") != "root@web.test" || m.As("a@web.test") != "a@web.test" || m.As("") != "" {
		t.Error("without a sender the accounts are the machine's")
	}
}

// TestHere: where the machine is called as the domain of its people's mail, that is theirs.
func TestHere(t *testing.T) {
	for _, c := range []struct {
		maker Maker
		here  bool
	}{
		{Maker{Host: "shop.test"}, true},
		{Maker{Host: "shop.test", Sender: "noreply@other.test", Domains: []string{"else.test"}}, true},
		{Maker{Host: "shop.test", Sender: "noreply@Shop.test"}, false},
		{Maker{Host: "shop.test", Sender: "noreply@other.test", Domains: []string{"else.test", "shop.TEST"}}, false},
	} {
		if got := c.maker.IsHere("jane@shop.test"); got != c.here {
			t.Errorf("%+v: %v", c.maker, got)
		}
		if !c.maker.IsHere("root") || !c.maker.IsHere("root@localhost") || c.maker.IsHere("jane@b.test") {
			t.Errorf("%+v", c.maker)
		}
	}
}

// TestLines: what programs end their lines with comes to one, however it arrives.
func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		"a\nb\r\nc": "a\r\nb\r\nc\r\n",
		"a\n.\nb\n": "a\r\n",
		"":          "",
		".\nb":      "",
		"a\r":       ErrBareCR.Error(),
		"a\rb\n":    ErrBareCR.Error(),
		"a\r\r\n":   ErrBareCR.Error(),
		"a\x00b":    ErrNUL.Error(),
		strings.Repeat("x", 32<<10-1) + "\r\n.\r\nb": strings.Repeat("x", 32<<10-1) + "\r\n",
		strings.Repeat("y", 40<<10):                  strings.Repeat("y", 40<<10) + "\r\n",
	} {
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			got, err := io.ReadAll(NewLines(r, true))
			if err != nil {
				got = []byte(err.Error())
			}
			if string(got) != want {
				t.Errorf("%.40q: %.40q", text, got)
			}
		}
	}
	if got, _ := io.ReadAll(NewLines(strings.NewReader("a\n.\nb"), false)); string(got) != "a\r\n.\r\nb\r\n" {
		t.Errorf("%q", got)
	}
}

func TestStrict(t *testing.T) {
	for text, want := range map[string]error{
		"a\r\nb\r\n": nil, "a\nb": ErrBareLF, "\n.\n": ErrBareLF, "a\r\n.\n": ErrBareLF, "a\r.\r\n": ErrBareCR, "a\r\r\n": ErrBareCR, "a\x00": ErrNUL,
		"a\r\nb": nil, "a\r": ErrBareCR, "a\r\n\r": ErrBareCR,
	} {
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text))} {
			if _, err := io.ReadAll(&Strict{R: r}); !errors.Is(err, want) {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
}

// TestLongLine: a line has its bound, without its end.
func TestLongLine(t *testing.T) {
	for text, want := range map[string]error{"12345\r\n12345\r\n12345": nil, "1\r\n123456\r\n": ErrLongLine, "123456": ErrLongLine} {
		if _, err := io.ReadAll(&Strict{R: strings.NewReader(text), MaxLine: 5}); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzRead: what is read of a header is what is written of it, and no line of a body gets
// into it.
func FuzzRead(f *testing.F) {
	f.Add("Subject: a\nTo: b@c.test,\n d@e.test\n\nbody")
	f.Add("From x\n: \n\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := io.ReadAll(NewLines(strings.NewReader(text), false))
		if err != nil {
			return
		}
		if _, err := io.ReadAll(&Strict{R: strings.NewReader(string(all))}); err != nil {
			t.Fatalf("%q: %v", all, err)
		}
		h, err := Read(bufio.NewReader(strings.NewReader(string(all))))
		if err != nil {
			return
		}
		again, err := Read(bufio.NewReader(strings.NewReader(string(h.Bytes()))))
		if err != nil || string(again.Bytes()) != string(h.Bytes()) {
			t.Fatalf("%q: %v", h.Bytes(), err)
		}
	})
}
