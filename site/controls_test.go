package site_test

import (
	"errors"
	"fmt"
	"time"

	"pavise"
	"pavise/controls/headers"
)

// catalogue is small, but has every form a control can have.
func catalogue() []pavise.Control {
	return []pavise.Control{tls{}, headers.NoSniff{}, frame{}, rename{}, origin{}, limits{}}
}

type passes struct{}

func (passes) Enforce(pavise.Env) (pavise.Hooks, error) { return pavise.Hooks{}, nil }

// tls is a Tuner: it has no hooks.
type tls struct {
	Profile string `yaml:"profile" doc:"Mozilla's profile." default:"intermediate" enum:"intermediate,modern"`
}

func (tls) Doc() pavise.Doc             { return pavise.Doc{ID: "transport.tls", Title: "TLS"} }
func (tls) Validate() error             { return nil }
func (tls) Tune(*pavise.Listener) error { return nil }

type frame struct {
	passes
	Allow string `yaml:"allow" doc:"Who may frame the pages." default:"none" enum:"none,self"`
}

func (frame) Doc() pavise.Doc {
	return pavise.Doc{ID: "headers.frame", Title: "Framing", Why: "A framed page can be clicked blindly."}
}

func (f frame) Validate() error {
	if f.Allow == "" || f.Allow == "none" || f.Allow == "self" {
		return nil
	}
	return fmt.Errorf("headers.frame: allow must be none or self, not %q", f.Allow)
}

type rename struct {
	passes
	Names map[string]string `yaml:",inline" doc:"The app's name, and the name outside."`
}

func (rename) Doc() pavise.Doc {
	return pavise.Doc{ID: "cookies.rename", Title: "Cookie names"}
}
func (rename) Validate() error { return nil }

type origin struct {
	passes
	Trust []string `yaml:"trust" doc:"Other origins that may send forms."`
}

func (origin) Doc() pavise.Doc {
	return pavise.Doc{ID: "requests.origin", Title: "Cross-origin requests", Refuses: true}
}
func (origin) Validate() error { return nil }

// limits has a setting of every kind.
type limits struct {
	passes
	Strict  bool                `yaml:"strict" doc:"Refuse what is odd." default:"true"`
	Most    int                 `yaml:"most" doc:"Most requests." default:"100"`
	Small   int8                `yaml:"small"`
	Share   float64             `yaml:"share" default:"0.5"`
	Block   time.Duration       `yaml:"block" doc:"How long." default:"30m"`
	Since   time.Time           `yaml:"since"`
	Names   []string            `yaml:"names" default:"none"`
	Levels  []level             `yaml:"levels"`
	Headers map[string]string   `yaml:"headers"`
	Groups  map[string][]string `yaml:"groups"`
	First   level               `yaml:"first"`
	Hidden  string
}

type level struct {
	Name string `yaml:"name" required:"true"`
	Most int    `yaml:"most"`
}

func (limits) Doc() pavise.Doc { return pavise.Doc{ID: "requests.limits", Title: "Limits"} }

func (l limits) Validate() error {
	var errs []error
	if l.Most < 0 {
		errs = append(errs, fmt.Errorf("requests.limits: most must not be negative, not %d", l.Most))
	}
	if l.Block < 0 {
		errs = append(errs, errors.New("requests.limits: block must not be negative"))
	}
	return errors.Join(errs...)
}
