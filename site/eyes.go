package site

import (
	"net"
	"net/url"
	"path/filepath"
	"time"

	"pavise"
)

// A Metrics says where numbers and health are told. In the file it is the map, or the
// address alone.
type Metrics struct {
	Listen      string `yaml:"listen" doc:"address that answers /metrics, /healthz and /readyz, such as 127.0.0.1:9909" required:"true" alone:"true"`
	AllowRemote bool   `yaml:"allow-remote" doc:"allow an address that others than this machine can reach" default:"false"`
}

// A Log says what is written of every request.
type Log struct {
	Access string `yaml:"access" doc:"file to write a line for each request to, or stderr, or journald; a relative path begins at this file's folder" required:"true" alone:"true"`
	Format string `yaml:"format" doc:"form of the lines" default:"json" enum:"json,common,combined"`
	Query  string `yaml:"query" doc:"what is written of a query: nothing, its names with every value masked, or all but what looks like a secret" default:"names" enum:"off,names,masked"`
	Rotate Rotate `yaml:"rotate" doc:"when a file is put away and another begun"`
}

// A Rotate says when a file of a log is put away, and how many are kept.
type Rotate struct {
	Size     int           `yaml:"size" doc:"bytes after which a file is put away; 0 is never" default:"104857600"`
	Age      time.Duration `yaml:"age" doc:"time after which it is" default:"24h"`
	Keep     int           `yaml:"keep" doc:"files that are kept besides the one that is written" default:"14"`
	Compress bool          `yaml:"compress" doc:"compress what is put away, by gzip" default:"true"`
}

// Standard is what a rotation is where nothing is said.
func (Rotate) Standard() Rotate {
	return Rotate{Size: 100 << 20, Age: 24 * time.Hour, Keep: 14, Compress: true}
}

// A Traces says where spans are sent.
type Traces struct {
	To     string          `yaml:"to" doc:"collector that takes OTLP over HTTP, such as http://127.0.0.1:4318" required:"true" alone:"true"`
	Sample float64         `yaml:"sample" doc:"share of the requests that are traced, from 0 to 1" default:"0.01"`
	Trust  pavise.Networks `yaml:"trust" doc:"addresses or networks whose traces are gone on with, and whose choice of what is sampled counts; all others begin anew" default:"nobody"`
}

// eyes notes what cannot be meant in metrics, log and traces, and lays what is standard
// under what is not said.
func (d *decoder) eyes(f *File) {
	d.metrics("metrics", &f.Metrics)
	d.log(&f.Log)
	d.traces(&f.Traces)
}

func (d *decoder) metrics(key string, m *Metrics) {
	n := d.where[&m.Listen]
	if n == nil || m.Listen == "" {
		return
	}
	host, port, _ := net.SplitHostPort(m.Listen)
	switch {
	case !Address(m.Listen):
		d.fail(n, "such as 127.0.0.1:9909", "%s: listen: want an address with a port, got %s", key, show(m.Listen))
	case !pavise.Local(host) && !m.AllowRemote:
		d.fail(n, "127.0.0.1:"+port+", or add allow-remote: true", "%s: listen: %s can be reached from other machines, and nobody is asked who they are", key, show(m.Listen))
	}
}

func (d *decoder) log(l *Log) {
	if d.where[l] == nil {
		return
	}
	standard := l.Rotate.Standard()
	r := &l.Rotate
	if d.where[&r.Size] == nil {
		r.Size = standard.Size
	}
	if d.where[&r.Age] == nil {
		r.Age = standard.Age
	}
	if d.where[&r.Keep] == nil {
		r.Keep = standard.Keep
	}
	if d.where[&r.Compress] == nil {
		r.Compress = standard.Compress
	}
	d.oneOf(&l.Format, "log: format", "json", "common", "combined")
	d.oneOf(&l.Query, "log: query", "names", "off", "masked")
	const least = 64 << 10
	switch n := d.where[&r.Size]; {
	case n != nil && r.Size != 0 && r.Size < least:
		d.fail(n, "write 104857600", "log: rotate: size: want at least %d bytes, or 0, got %d", least, r.Size)
	}
	if n := d.where[&r.Age]; n != nil && r.Age < time.Minute {
		d.fail(n, "write 24h", "log: rotate: age: want at least 1m, got %s", r.Age)
	}
	if n := d.where[&r.Keep]; n != nil && (r.Keep < 0 || r.Keep > 10000) {
		d.fail(n, "write 14", "log: rotate: keep: want 0 to 10000, got %d", r.Keep)
	}
}

// oneOf puts the first of what a key can be in place of nothing.
func (d *decoder) oneOf(s *string, key string, known ...string) {
	if *s == "" {
		*s = known[0]
		return
	}
	for _, k := range known {
		if *s == k {
			return
		}
	}
	d.fail(d.where[s], didYouMean(*s, known), "%s: unknown value %s", key, show(*s))
}

func (d *decoder) traces(t *Traces) {
	if d.where[t] == nil {
		return
	}
	if n := d.where[&t.Sample]; n == nil {
		t.Sample = 0.01
	} else if t.Sample < 0 || t.Sample > 1 {
		d.fail(n, "write 0.01 for one of a hundred", "traces: sample: want 0 to 1, got %v", t.Sample)
	}
	if n := d.where[&t.To]; n != nil && t.To != "" {
		u, err := url.Parse(t.To)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			d.fail(n, "such as http://127.0.0.1:4318", "traces: to: want the address of a collector, got %s", show(t.To))
		} else if u.Scheme == "http" && !pavise.Local(u.Hostname()) {
			d.fail(n, "write https://"+u.Host, "traces: to: spans would go to another machine in the clear")
		}
	}
}

// File reports whether the log is a file.
func (l Log) File() bool { return l.Access != "" && l.Access != "stderr" && l.Access != "journald" }

// beside takes a relative path from the folder.
func (l *Log) beside(folder string) {
	if l.File() {
		l.Access = filepath.Clean(l.Access)
		takeFrom(folder, &l.Access)
	}
}
