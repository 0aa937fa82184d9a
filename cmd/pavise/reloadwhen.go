package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"
)

// when reloads at a signal and, where that is wanted, when files change.
func (r *reloader) when(ctx context.Context, stop func(), s signals) {
	go r.onHangUp(ctx, stop, s)
	if r.flags.onChange {
		go r.onChange(ctx)
	}
}

// onHangUp reloads at each SIGHUP, until the context ends. Where the terminal that we
// were started in has gone, which is told by the same signal, it stops us.
func (r *reloader) onHangUp(ctx context.Context, stop func(), s signals) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.hangUp:
			if s.alone() {
				stop()
				return
			}
			r.reload(ctx, "SIGHUP")
		}
	}
}

// glance is how often the files are looked at. What has changed is read when it was the
// same at two glances: so a file that is being written is waited for.
const glance = 500 * time.Millisecond

// onChange reloads when the configuration has changed, or a file that it names, until the
// context ends.
func (r *reloader) onChange(ctx context.Context) {
	var last stamps
	ticks := time.NewTicker(glance)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		now, read := r.look()
		if maps.Equal(now, last) && !maps.Equal(now, read) && now[r.flags.config] != "" {
			r.reload(ctx, "a change of the files")
		}
		last = now
	}
}

// stamps tell the state of files, by name; "" is that there is none.
type stamps map[string]string

// look takes the stamps of the files that were last read, as they are now and were then.
func (r *reloader) look() (now, read stamps) {
	r.one.Lock()
	read = r.read
	r.one.Unlock()
	return stampsOf(slices.Collect(maps.Keys(read))), read
}

func stampsOf(files []string) stamps {
	all := stamps{}
	for _, file := range files {
		all[file] = ""
		if info, err := os.Stat(file); err == nil {
			all[file] = fmt.Sprint(info.Size(), info.ModTime().UnixNano())
		}
	}
	return all
}

// reading takes the stamps of what is about to be read; of files that are newly named
// thereby, once they are known.
func (r *reloader) reading() (named func(*plan)) {
	files := []string{r.flags.config}
	if r.stands != nil {
		files = append(files, r.stands.file.Files()...)
	}
	r.read = stampsOf(files)
	return func(p *plan) {
		next := stampsOf(append(p.file.Files(), r.flags.config))
		for file := range next {
			if before, known := r.read[file]; known {
				next[file] = before
			}
		}
		r.read = next
	}
}
