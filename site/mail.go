package site

import (
	"errors"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"pavise/mail/letter"
)

// What the section has where nothing stands.
const (
	MailListen = "127.0.0.1:25"
	MailQueue  = "/var/spool/pavise"
)

// A Mail says how the mail of this machine's programs is sent: pavise mail serve.
type Mail struct {
	Listen        []string      `yaml:"listen" doc:"addresses of loopback to take mail at" default:"127.0.0.1:25 and [::1]:25"`
	Queue         string        `yaml:"queue" doc:"directory that messages lie in until they are sent; a relative path begins at this file's folder" default:"/var/spool/pavise"`
	Host          string        `yaml:"host" doc:"what this machine is called in the mail that it sends" default:"its own name"`
	Postmark      Postmark      `yaml:"postmark" doc:"send by Postmark's HTTP API; its token file alone, or a map"`
	SmartHost     SmartHost     `yaml:"smart-host" doc:"send by another mail server, over TLS that is verified; its address alone, or a map"`
	Sender        string        `yaml:"sender" doc:"who the accounts of this machine (root, www-data) send as, in the envelope and in From; bounces are from it too" default:"themselves, at the machine's name"`
	Local         string        `yaml:"local" doc:"who gets mail for accounts of this machine, such as what cron says" default:"nobody: it is refused"`
	ReturnPath    string        `yaml:"return-path" doc:"sender in the envelope of every message" default:"its own"`
	SenderDomains []string      `yaml:"sender-domains" doc:"domains that mail may be from; all else is refused" default:"any"`
	MaxSize       int           `yaml:"max-size" doc:"bytes that a message may have" default:"10485760"`
	MaxRecipients int           `yaml:"max-recipients" doc:"recipients that a message may have" default:"100"`
	PerHour       int           `yaml:"per-hour" doc:"messages that one sender may send in an hour" default:"1000"`
	MaxQueued     int           `yaml:"max-queued" doc:"messages that may wait" default:"50000"`
	Metrics       Metrics       `yaml:"metrics" doc:"numbers of the relay for Prometheus, and health; its address alone, or a map" default:"nowhere"`
	GiveUp        time.Duration `yaml:"give-up" doc:"how long a message is tried before it goes back" default:"120h"`

	Line int // where the section begins in the file, 0 where there is none
}

// A Postmark is one server of an account there.
type Postmark struct {
	TokenFile string `yaml:"token-file" doc:"file with the token of the Postmark server in its first line" required:"true" alone:"true"`
	Stream    string `yaml:"stream" doc:"message stream" default:"outbound"`
	URL       string `yaml:"url" doc:"where messages are sent to" default:"https://api.postmarkapp.com/email"`
	CA        string `yaml:"ca" doc:"PEM file with the roots to trust it by" default:"the system's"`
}

// A SmartHost is another mail server.
type SmartHost struct {
	Address      string `yaml:"address" doc:"host:port, such as smtp.example.com:587" required:"true" alone:"true"`
	TLS          string `yaml:"tls" doc:"when TLS begins; without it no mail is sent" default:"implicit at port 465, else starttls" enum:"starttls,implicit"`
	User         string `yaml:"user" doc:"name to log in with, by PLAIN or LOGIN" default:"no login"`
	PasswordFile string `yaml:"password-file" doc:"file with the password in its first line"`
	CA           string `yaml:"ca" doc:"PEM file with the roots to trust it by" default:"the system's"`
}

// beside takes relative paths from the folder.
func (m *Mail) beside(folder string) {
	takeFrom(folder, &m.Queue, &m.Postmark.TokenFile, &m.Postmark.CA, &m.SmartHost.PasswordFile, &m.SmartHost.CA)
}

// ErrNoMail is a file that says nothing of mail.
var ErrNoMail = errors.New("there is no mail: in it")

// LoadMail reads that section alone, whatever else the file has: mail goes while a site is
// being mended.
func LoadMail(file string) (*Mail, error) {
	data, err := read(file)
	if err != nil {
		return nil, err
	}
	d := &decoder{where: map[any]*yaml.Node{}, least: "it needs at least mail"}
	f := new(File)
	if root := d.parse(data); root != nil && root.Kind == yaml.MappingNode {
		_, n := entry(root, "mail")
		if n == nil {
			return nil, ErrNoMail
		}
		d.value(n, reflect.ValueOf(&f.Mail).Elem(), place{key: "mail"})
		d.mail(f)
	}
	f.Mail.beside(filepath.Dir(file))
	return &f.Mail, d.sorted(file)
}

// mail notes what is wrong with the section, and puts in what is usual.
func (d *decoder) mail(f *File) {
	m := &f.Mail
	n := d.where[m]
	if n == nil {
		return
	}
	m.Line = n.Line
	d.mailListen(m)
	switch by, host := d.where[&m.Postmark], d.where[&m.SmartHost]; {
	case by == nil && host == nil:
		d.fail(n, "postmark: /etc/pavise/postmark.token, or smart-host: {address: …, user: …, password-file: …}", "mail: by whom is it sent? postmark or smart-host must say")
	case by != nil && host != nil:
		d.fail(host, "delete one", "mail: postmark and smart-host do not go together")
	}
	if at := d.where[&m.ReturnPath]; at != nil && d.where[&m.Postmark] != nil {
		d.fail(at, "delete it", "mail: return-path: Postmark sends by an address of its own domain, or by the one that is set there")
	}
	d.smartHost(&m.SmartHost)
	d.metrics("mail: metrics", &m.Metrics)
	if at := d.where[&m.Postmark.URL]; at != nil {
		if u, err := url.Parse(m.Postmark.URL); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
			d.fail(at, "such as https://api.postmarkapp.com/email", "mail: postmark: url: want an https address, got %s", show(m.Postmark.URL))
		}
	}
	for key, s := range map[string]*string{"sender": &m.Sender, "local": &m.Local, "return-path": &m.ReturnPath} {
		if at := d.where[s]; at != nil && (letter.CheckAddress(*s) != nil || !strings.Contains(*s, ".")) {
			d.fail(at, "such as noreply@example.com", "mail: %s: want a mail address, got %s", key, show(*s))
		}
	}
	for i := range m.SenderDomains {
		d.host(&m.SenderDomains[i], map[string]int{})
	}
	if at := d.where[&m.Host]; at != nil {
		d.host(&m.Host, map[string]int{})
	}
	for key, number := range map[string]*int{"max-size": &m.MaxSize, "max-recipients": &m.MaxRecipients, "per-hour": &m.PerHour, "max-queued": &m.MaxQueued} {
		if at := d.where[number]; at != nil && *number <= 0 {
			d.fail(at, "", "mail: %s: must be positive", key)
		}
	}
	if at := d.where[&m.GiveUp]; at != nil && m.GiveUp < time.Hour {
		d.fail(at, "RFC 5321 wants 120h", "mail: give-up: a message must be tried for an hour at least")
	}
}

// mailListen holds the addresses to loopback.
func (d *decoder) mailListen(m *Mail) {
	if n := d.where[&m.Listen]; n != nil && len(m.Listen) == 0 {
		d.fail(n, "", "mail: listen must not be empty")
	}
	for i := range m.Listen {
		n := d.where[&m.Listen[i]]
		if n == nil {
			continue
		}
		at, err := netip.ParseAddrPort(m.Listen[i])
		switch {
		case err != nil:
			d.fail(n, "such as 127.0.0.1:25 or [::1]:25", "mail: listen: want an address of loopback, got %s", show(m.Listen[i]))
		case !at.Addr().Unmap().IsLoopback():
			d.fail(n, "write 127.0.0.1:"+strconv.Itoa(int(at.Port())), "mail: listen: %s is not loopback: the relay takes mail from this machine alone", show(m.Listen[i]))
		}
	}
}

// smartHost notes what is wrong with the server that mail goes to.
func (d *decoder) smartHost(s *SmartHost) {
	if n := d.where[&s.Address]; n != nil && s.Address != "" {
		host, p, ok := strings.Cut(s.Address, ":")
		if strings.HasPrefix(s.Address, "[") { // an address of IPv6
			_, err := netip.ParseAddrPort(s.Address)
			ok = err == nil
		} else if _, fault := canonical(host); fault != "" || strings.Trim(p, "0123456789") != "" || p == "" || !Address(s.Address) {
			ok = false
		}
		if !ok {
			hint := "such as smtp.example.com:587"
			if _, fault := canonical(s.Address); fault == "" {
				hint = "write " + s.Address + ":587"
			}
			d.fail(n, hint, "mail: smart-host: want host:port, got %s", show(s.Address))
		}
	}
	if n := d.where[&s.TLS]; n != nil && s.TLS != "starttls" && s.TLS != "implicit" {
		d.fail(n, didYouMean(s.TLS, []string{"starttls", "implicit"}), "mail: smart-host: tls must be starttls or implicit, not %s: mail is not sent in the clear", show(s.TLS))
	}
	if n := d.where[s]; n != nil && (s.User == "") != (s.PasswordFile == "") {
		d.fail(n, "", "mail: smart-host: user and password-file go together")
	}
}
