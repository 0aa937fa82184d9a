package mend

import (
	"context"
	"slices"
	"sync"
	"time"

	"pavise"
	"pavise/internal/versions"
)

// A Release is a version of a package that can be had.
type Release struct {
	Version   string
	Published time.Time         // zero is not known
	Needs     map[string]string // the packages that it asks for, and their ranges
	Ended     string            // why its author gave it up
}

// A Registry tells what releases of a package there are.
type Registry interface {
	Releases(ctx context.Context, ecosystem, name string) ([]Release, error)
}

// Registries asks the one of each ecosystem, and each question once.
type Registries map[string]func(ctx context.Context, name string) ([]Release, error)

// Releases implements Registry.
func (r Registries) Releases(ctx context.Context, ecosystem, name string) ([]Release, error) {
	ask, ok := r[ecosystem]
	if !ok {
		return nil, nil
	}
	return ask(ctx, name)
}

// MaxAsked bounds how many packages a registry is asked for in one run.
const MaxAsked = 2000

// A shelf keeps what was answered.
type shelf struct {
	mu   sync.Mutex
	kept map[string]answer
}

type answer struct {
	list []Release
	err  error
}

func (s *shelf) ask(name string, by func() ([]Release, error)) ([]Release, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.kept[name]; ok {
		return a.list, a.err
	}
	if s.kept == nil {
		s.kept = map[string]answer{}
	}
	if len(s.kept) >= MaxAsked {
		return nil, errTooMany
	}
	var a answer
	a.list, a.err = by()
	s.kept[name] = a
	return a.list, a.err
}

// A market is what can be had of packages, and what is known against it.
type market struct {
	ctx   context.Context
	from  Registry
	known func(pavise.Known) (*pavise.Notices, error)
	count map[pavise.Known]int
}

// harms is how much is known against a version, -1 where the data do not know it.
func (m *market) harms(ecosystem, name, version string) int {
	k := pavise.Known{Ecosystem: ecosystem, Name: name, Version: version}
	if n, ok := m.count[k]; ok {
		return n
	}
	n := -1
	if m.known != nil {
		if notices, err := m.known(k); err == nil && notices != nil && (notices.Covers || len(notices.List) > 0) {
			n = len(notices.List)
		}
	}
	m.count[k] = n
	return n
}

// never is when what has no end ends.
var never = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// ends is when a release of a product gets its last fix; the zero time is not known.
func (m *market) ends(product, version string) time.Time {
	if m.known == nil {
		return time.Time{}
	}
	n, err := m.known(pavise.Known{Ecosystem: "product", Name: product, Version: version})
	if err != nil || n == nil || !n.Covers {
		return time.Time{}
	}
	for _, one := range n.List {
		if one.ID == pavise.EndOfLife {
			return one.Ended
		}
	}
	return never
}

// releases are those that may be taken, the newest first: no pre-releases, and given-up
// ones only where there are no others.
func (m *market) releases(ecosystem, name string) ([]Release, error) {
	if m.from == nil {
		return nil, errOffline
	}
	list, err := m.from.Releases(m.ctx, ecosystem, name)
	if err != nil {
		return nil, err
	}
	sys, ok := versions.Of(ecosystem)
	if !ok {
		return nil, nil
	}
	list = slices.DeleteFunc(slices.Clone(list), func(r Release) bool { return !sys.Valid(r.Version) || sys.Prerelease(r.Version) })
	kept := slices.DeleteFunc(slices.Clone(list), func(r Release) bool { return r.Ended != "" })
	if len(kept) == 0 {
		kept = list
	}
	slices.SortStableFunc(kept, func(a, b Release) int { return sys.Compare(b.Version, a.Version) })
	return kept, nil
}
