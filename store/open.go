package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"pavise"
	"pavise/store/file"
	"pavise/store/redis"
)

// Options say which store it is, and how it is used.
type Options struct {
	// URL is memory, file, file:/path, redis://…, rediss://…, valkey://…, valkeys://…
	// or unix://…: [redis.Parse] tells what may follow. "" is memory.
	URL string
	// Dir is where the file is that has no path.
	Dir string
	// PasswordFile and the others are for Redis, and go before what the URL says.
	PasswordFile, CA, Cert, Key, Prefix string
	// Secret is what values are sealed with, Former what opens them, too. All nodes
	// that share a store have the same.
	Secret []byte
	Former [][]byte
	// Breaker is for every store but memory.
	Breaker BreakerOptions
	// Note is told what an owner should know. nil: nobody is.
	Note func(string)
	// Lent is the store in the file as another process has it open, which is used until
	// [Opened.Take]. LentPath is where the file is; for any other store it means nothing.
	Lent     Store
	LentPath string
}

// The kinds of stores, as [Opened.Kind] names them.
const (
	InMemory = "memory"
	InFile   = "file"
	InRedis  = "redis"
)

// An Opened store is in use. Whatever it is, every operation ends within its budget,
// and what leaves this process is sealed.
type Opened struct {
	Store
	place   place
	file    file.Options
	raw     raw
	sealed  *Sealed // nil in memory, as is what follows
	breaker *Breaker
	stop    context.CancelFunc
	stopped chan struct{}
}

// pulse is how often a store is asked whether it is there, and still has its key, be
// there others who ask or not.
const pulse = 2 * time.Second

// Open opens a store. One that is away keeps nothing from starting: it is used from
// when it comes, and Note is told. A secret that is not that of the other nodes is a
// [ErrSecret].
func Open(ctx context.Context, o Options) (*Opened, error) {
	at, err := o.place()
	if err == nil {
		err = o.sealable(at)
	}
	if err != nil {
		return nil, err
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	opened := &Opened{place: at, stop: func() {}, stopped: make(chan struct{})}
	if at.kind == InMemory {
		close(opened.stopped)
		opened.Store = pavise.NewMemory(o.Breaker.Now)
		return opened, nil
	}
	if err = opened.open(ctx, o); err == nil {
		err = opened.use(ctx, o)
	}
	if err != nil {
		if opened.raw != nil || at.kind != InFile { // a file that cannot be opened is in its error
			err = fmt.Errorf("store: %s: %w", at, err)
		}
		return nil, errors.Join(err, opened.close())
	}
	return opened, nil
}

// raw is a store as it is, with nothing before it.
type raw interface {
	Store
	io.Closer
}

func (o *Opened) open(ctx context.Context, options Options) error {
	if o.place.kind == InFile {
		o.file = file.Options{Now: options.Breaker.Now, Note: options.Note}
		if options.Lent != nil && options.LentPath == o.place.path {
			o.raw = newRelay(options.Lent)
			return nil
		}
		f, err := file.Open(o.place.path, o.file)
		if err == nil {
			o.raw = newRelay(f)
		}
		return err
	}
	r, err := redis.Open(o.place.redis)
	if err != nil {
		return err
	}
	o.raw = r
	found, err := r.Check(ctx)
	for _, warning := range found.Warnings {
		options.Note(fmt.Sprintf("%s: %s", o.place, warning))
	}
	if errors.Is(err, pavise.ErrAway) {
		return nil // it is told of below
	}
	return err
}

// use puts the seal and the breaker before a store.
func (o *Opened) use(ctx context.Context, options Options) error {
	o.sealed = NewSealed(o.raw, pavise.NewRing("store", append([][]byte{options.Secret}, options.Former...)...))
	o.breaker = NewBreaker(o.sealed, options.Breaker)
	o.Store = o.breaker
	if err := o.sealed.Check(ctx); errors.Is(err, pavise.ErrAway) {
		o.breaker.begins(err)
		options.Note(fmt.Sprintf("%s is away, and is used from when it comes: %s", o.place, strings.TrimPrefix(err.Error(), pavise.ErrAway.Error()+": ")))
	} else if err != nil {
		return err
	}
	ctx, o.stop = context.WithCancel(context.Background())
	go o.watch(ctx, options.Note)
	return nil
}

// watch asks now and then, until it is closed. What is wrong with the secret is told
// once.
func (o *Opened) watch(ctx context.Context, note func(string)) {
	defer close(o.stopped)
	tick := time.NewTicker(pulse)
	defer tick.Stop()
	told := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, _, err := o.breaker.Get(ctx, "pulse"); err != nil && !errors.Is(err, ErrSecret) {
			continue
		}
		wrong := errors.Is(o.sealed.Check(ctx), ErrSecret)
		if wrong && !told {
			note(fmt.Sprintf("%s: %v", o.place, ErrSecret))
		}
		told = wrong
	}
}

// Close ends it. It is safe to call twice.
func (o *Opened) Close() error {
	o.stop()
	<-o.stopped
	return o.close()
}

func (o *Opened) close() error {
	if o.raw == nil {
		return nil
	}
	return o.raw.Close()
}

// Kind is what kind of store it is.
func (o *Opened) Kind() string { return o.place.kind }

// Shared reports whether other nodes may use it, too.
func (o *Opened) Shared() bool { return o.place.kind == InRedis }

// String tells where it is, and no password.
func (o *Opened) String() string { return o.place.String() }

// Slow is the same store without a budget, for what would rather wait than go on
// alone, such as certificates.
func (o *Opened) Slow() Store {
	if o.sealed == nil {
		return o.Store
	}
	return o.sealed
}

// Counts returns what has happened so far; in memory nothing is counted.
func (o *Opened) Counts() Counts {
	if o.breaker == nil {
		return Counts{}
	}
	return o.breaker.Counts()
}

// Stale returns how many values were seen that a former secret has sealed.
func (o *Opened) Stale() uint64 {
	if o.sealed == nil {
		return 0
	}
	return o.sealed.Stale()
}

// defaultFile is the name of the file that has no path.
const defaultFile = "store"

func (o Options) file() (string, error) {
	if o.Dir == "" {
		return "", errors.New("store: file needs a path: file:/var/lib/pavise/store")
	}
	return filepath.Join(o.Dir, defaultFile), nil
}
