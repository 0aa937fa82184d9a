package main

import (
	"context"
	"time"
)

// idlers are the servers whose idle connections are weighed.
var idlers = []front{nginxHardened, haproxy, caddyDressed, pavise}

// An idle is what idle connections weigh in a server that has just been started.
type idle struct {
	Front       string
	Connections int
	Before      int64 // bytes, as those after it
	After       int64
	Rested      int64
}

// each is a connection's share.
func (i idle) each(bytes int64) float64 { return float64(bytes-i.Before) / float64(i.Connections) }

// weighIdle opens connections over TLS, asks once on each, and leaves them alone.
func weighIdle(ctx context.Context, r *rig, p plan) ([]idle, error) {
	var all []idle
	for _, f := range idlers {
		i, err := weighOne(ctx, r, f, p)
		if err != nil {
			return nil, err
		}
		all = append(all, i)
		say("%s: %s KB for each of %d idle connections", f.name, number(i.each(i.Rested)/kilo), i.Connections)
	}
	return all, nil
}

func weighOne(ctx context.Context, r *rig, f front, p plan) (i idle, err error) {
	s, err := r.start(ctx, f)
	if err != nil {
		return idle{}, err
	}
	defer s.process.stop()
	i = idle{Front: f.name, Connections: p.idle}
	if i.Before, err = rssOf(s.pids); err != nil {
		return idle{}, err
	}
	clients, err := r.target(s, page).dialAll(ctx, p.idle)
	if err != nil {
		return idle{}, s.failed(err)
	}
	defer closeAll(clients)
	if i.After, err = rssOf(s.pids); err != nil {
		return idle{}, err
	}
	if err := sleep(ctx, p.rest); err != nil {
		return idle{}, err
	}
	if i.Rested, err = rssOf(s.pids); err != nil {
		return idle{}, err
	}
	return i, s.failed(inParallel(ctx, 8, len(clients), func(n int) error { return clients[n].ask() })) // they were there all the time
}

// A weight is the memory of a server after so many requests.
type weight struct {
	Requests int
	Bytes    int64
}

// weighRequests looks at the memory of Pavise as requests go by.
func weighRequests(ctx context.Context, r *rig, p plan) ([]weight, error) {
	s, err := r.start(ctx, pavise)
	if err != nil {
		return nil, err
	}
	defer s.process.stop()
	var all []weight
	done := 0
	for _, n := range p.asked {
		if _, err := h2load(ctx, r.target(s, page), n-done, "--h1"); err != nil {
			return nil, s.failed(err)
		}
		done = n
		bytes, err := rssOf(s.pids)
		if err != nil {
			return nil, err
		}
		all = append(all, weight{n, bytes})
		say("Pavise after %d requests: %s MB", n, megabytes(bytes))
	}
	return all, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
