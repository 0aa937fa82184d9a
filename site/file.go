// Package site reads pavise.yaml: which sites there are, what each stands in
// front of, and what it does differently from what is recommended.
//
// The keys of the file are the tagged fields of [File] and of the controls that
// the caller hands in. Reading, the detection of unknown keys and the [Schema]
// for editors all come from these tags.
package site

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"pavise"
)

// MaxSize bounds what is read of a file.
const MaxSize = 1 << 20

// A File is what a pavise.yaml says.
type File struct {
	Listen Listen `yaml:"listen" doc:"addresses to listen on; the same as the flags"`
	State  string `yaml:"state" doc:"directory for keys, certificates and whatever else must outlive a restart"`
	// SecretFile holds the secrets that nodes have in common.
	SecretFile string    `yaml:"secret-file" doc:"file of the secrets that nodes share, as pavise secret makes it; a relative path begins at this file's folder" default:"secret, in the state directory"`
	Store      Store     `yaml:"store" doc:"where is kept what must be remembered; its URL alone, or a map" default:"a file in the state directory"`
	ACME       ACME      `yaml:"acme" doc:"certificates from an authority, for sites without one of their own"`
	GeoIP      GeoIP     `yaml:"geoip" doc:"databases of your own that say in which country and network an address is, for clients.location"`
	Mail       Mail      `yaml:"mail" doc:"the relay for mail of this machine's programs, which pavise mail serve runs"`
	Metrics    Metrics   `yaml:"metrics" doc:"numbers for Prometheus, and health; its address alone, or a map" default:"nowhere"`
	Log        Log       `yaml:"log" doc:"what is written of every request; its file alone, or a map" default:"nothing"`
	Traces     Traces    `yaml:"traces" doc:"spans for OpenTelemetry; the address of a collector alone, or a map" default:"none"`
	Dashboard  Dashboard `yaml:"dashboard" doc:"what an operator sees in a browser"`
	// Drain is how long what runs may take to end; 0 leaves it to the caller.
	Drain time.Duration `yaml:"drain" doc:"how long running requests and WebSockets may take to end after a stop or an upgrade" default:"1m"`
	Sites []Site        `yaml:"sites" doc:"the sites, each with its hosts, its app and its policy" required:"true"`

	SecretLine int // where the secret file is named

	lists []string // files of networks that it names
}

// A Listen says on which addresses to listen; "" leaves it to the caller.
type Listen struct {
	HTTPS string `yaml:"https" doc:"address for https, such as :443"`
	HTTP  string `yaml:"http" doc:"address for plain http, which redirects, such as :80; off for none"`
	HTTP3 string `yaml:"http3" doc:"HTTP/3 at the UDP port of https" default:"on" enum:"on,off"`
	// ProxyProtocol are the load balancers, which must send the PROXY protocol.
	ProxyProtocol pavise.Networks `yaml:"proxy-protocol" doc:"addresses or networks of load balancers, which must send the PROXY protocol and alone are believed in it"`

	Line int // where the section begins in the file
}

// A Site is one web application and what stands in front of it. The tagged
// fields are as written; Policy is what they come to.
type Site struct {
	Name      string   `yaml:"name" doc:"what commands call the site" default:"its first host"`
	Hosts     []string `yaml:"hosts" doc:"public host names; the first is the canonical one" required:"true"`
	Canonical bool     `yaml:"canonical" doc:"lead every other host to the first" default:"false"`
	Default   bool     `yaml:"default" doc:"answer, and refuse, what names no site" default:"the first site does"`
	Disabled  bool     `yaml:"disabled" doc:"keep the site here and do not serve it" default:"false"`
	App
	AllowRemoteUpstream bool   `yaml:"allow-remote-upstream" doc:"allow an app on another machine, which others may reach without Pavise" default:"false"`
	Paths               []Path `yaml:"paths" doc:"parts of the site that are answered in another way"`
	Certificate         `yaml:"certificate" doc:"certificate of one's own; read again when the files change"`
	Controls            Controls      `yaml:"controls" doc:"settings of controls, by the control's id"`
	Except              []Exception   `yaml:"except" doc:"where a control is weakened, each with its reason"`
	Accept              []Acceptance  `yaml:"accept" doc:"what a scan may find without failing, each with its reason, who answers for it, and an end"`
	Declare             []Declaration `yaml:"declare" doc:"what is declared to a scan vendor on its special notes"`

	Policy pavise.Policy // every control in the catalogue's order, then the exceptions
	Line   int           // where the site begins in the file
}

// A Certificate names the files of a certificate chain and its key.
type Certificate struct {
	Cert string `yaml:"cert" names:"file" doc:"PEM file of the certificate and its chain; a relative path begins at this file's folder" required:"true"`
	Key  string `yaml:"key" names:"file" doc:"PEM file of the private key" required:"true"`
}

// Controls are the controls that have settings in the file, by id.
type Controls map[string]pavise.Control

// An ID names a control of the catalogue.
type ID string

// An Exception weakens one control, everywhere or on some paths.
type Exception struct {
	Control ID        `yaml:"control" doc:"id of the control" required:"true"`
	Paths   []string  `yaml:"paths" doc:"requests it is for, such as \"POST /webhooks/stripe\", \"/admin/*\" or \"/feeds/**\"" default:"everywhere"`
	Mode    string    `yaml:"mode" doc:"how far the control goes there" default:"off" enum:"off,observe"`
	Reason  string    `yaml:"reason" doc:"why this is safe" required:"true"`
	Until   time.Time `yaml:"until" doc:"last day of the exception, in UTC" default:"no end"`

	Line int // where the exception begins in the file
}

// Load reads a file. What is wrong in it is reported as [Errors], every mistake
// at once, beside what could be read of it. To, if not nil, tells whether an upstream
// can be understood.
func Load(file string, controls []pavise.Control, to func(string) error) (*File, error) {
	data, err := read(file)
	if err != nil {
		return new(File), err
	}
	return load(file, data, controls, to)
}

// load is Load for what the file says, or will say: the files that it names are beside it.
func load(file string, data []byte, controls []pavise.Control, to func(string) error) (*File, error) {
	folder := filepath.Dir(file)
	f, err := parse(file, data, controls, to, besides(folder))
	f.beside(folder)
	return f, err
}

// read reads a file up to a byte more than one may have, which is told as a mistake.
func read(file string) ([]byte, error) {
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() && filepath.Base(file) == AuditFile { // a stranger may have put a pipe there
		return nil, fmt.Errorf("%s is no file", file)
	}
	r, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, MaxSize+1))
}

// beside takes relative paths from the folder.
func (f *File) beside(folder string) {
	f.ACME.beside(folder)
	f.Store.beside(folder)
	f.GeoIP.beside(folder)
	f.Mail.beside(folder)
	f.Log.beside(folder)
	f.Dashboard.beside(folder)
	takeFrom(folder, &f.SecretFile)
	for i := range f.lists {
		takeFrom(folder, &f.lists[i])
	}
	for i := range f.Sites {
		f.Sites[i].beside(folder)
	}
}

// beside takes relative paths from the folder.
func (s *Site) beside(folder string) {
	takeFrom(folder, &s.Cert, &s.Key)
	s.App.beside(folder)
	for i := range s.Paths {
		s.Paths[i].beside(folder)
	}
}

// takeFrom lets relative paths begin at the folder.
func takeFrom(folder string, paths ...*string) {
	for _, path := range paths {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
}

// Parse is Load for a file that has been read, and reads no other: name is for the
// errors alone, and beside them is no file.
func Parse(name string, data []byte, controls []pavise.Control, to func(string) error) (*File, error) {
	f, err := parse(name, data, controls, to, nil)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func parse(name string, data []byte, controls []pavise.Control, to func(string) error, read files) (*File, error) {
	d := &decoder{catalogue: controls, where: map[any]*yaml.Node{}, files: read, least: "it needs at least sites"}
	f := new(File)
	if root := d.parse(data); root != nil {
		d.value(root, reflect.ValueOf(f).Elem(), place{})
		d.check(f, to)
	}
	f.lists = d.lists
	return f, d.sorted(name)
}

// A Notice is something that is no mistake, but that the owner should know.
type Notice struct {
	Line  int
	Text  string
	Ended bool // an exception or acceptance that counts no more; else one that soon will not
}

// soon is how long before its end an exception is noticed.
const soon = 14 * 24 * time.Hour

// Ended returns a notice for every exception or acceptance that has ended or soon will.
func (f *File) Ended(now time.Time) []Notice {
	var list []Notice
	for _, s := range f.Sites {
		for _, x := range s.Except {
			if n := x.notice(now); n.Text != "" {
				list = append(list, n)
			}
		}
		for _, a := range s.Accept {
			if n := a.notice(now); n.Text != "" {
				list = append(list, n)
			}
		}
	}
	return list
}

func (x Exception) notice(now time.Time) Notice {
	if x.Until.IsZero() {
		return Notice{Line: x.Line}
	}
	return ending(x.Line, fmt.Sprintf("the exception to %s", x.Control), "the control is enforced again", x.Until, now)
}

// ending is said of what counts until the end of a day, and then is over.
func ending(line int, what, after string, until, now time.Time) Notice {
	n := Notice{Line: line}
	left, day := dayAfter(until).Sub(now), until.Format(time.DateOnly)
	switch {
	case left <= 0:
		n.Ended = true
		n.Text = fmt.Sprintf("%s ended on %s: %s; delete it, or give it a later until", what, day, after)
	case left <= soon:
		n.Text = fmt.Sprintf("%s ends on %s, in less than %s", what, day, days(left))
	}
	return n
}

// dayAfter is the moment from which what names its last day does not count.
func dayAfter(until time.Time) time.Time { return until.AddDate(0, 0, 1) }

func days(left time.Duration) string {
	if n := int(left/(24*time.Hour)) + 1; n > 1 {
		return fmt.Sprintf("%d days", n)
	}
	return "a day"
}

// String says in a line what is weakened, where, why and how long.
func (x Exception) String() string {
	where := "everywhere"
	if x.Paths != nil {
		where = "at " + strings.Join(x.Paths, ", ")
	}
	end := ""
	if !x.Until.IsZero() {
		end = " until " + x.Until.Format(time.DateOnly)
	}
	mode := "off"
	if x.Mode == "observe" {
		mode = "observed"
	}
	return fmt.Sprintf("%s is %s %s%s: %s", x.Control, mode, where, end, x.Reason)
}

// end is the moment from which the exception does not count, if there is one.
func (x Exception) end() time.Time {
	if x.Until.IsZero() {
		return x.Until
	}
	return dayAfter(x.Until)
}
