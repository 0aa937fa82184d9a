package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// A body is a size in one direction.
type body struct {
	size int64
	up   bool
}

func (b body) table() string {
	if b.up {
		return "uploads"
	}
	return "downloads"
}

// growBodies measures bodies of any size, one at a time, and how much memory they take.
func growBodies(ctx context.Context, r *rig, p plan) ([]point, error) {
	f := pavise
	f.command = paviseWith(strings.Replace(paviseConfig, "{{.Origin}}", r.bulk, 1) +
		"      requests.size: {body: 2147483648}\n")
	s, err := r.start(ctx, f)
	if err != nil {
		return nil, err
	}
	defer s.process.stop()
	var points []point
	for _, up := range []bool{false, true} {
		for _, size := range p.bodies {
			one, err := growBody(ctx, r, s, body{size, up}, p.rounds)
			if err != nil {
				return nil, err
			}
			points = append(points, one)
		}
	}
	return points, nil
}

func growBody(ctx context.Context, r *rig, s *server, b body, rounds int) (point, error) {
	n := int(min(2000, max(1, (64<<20)/b.size)))
	if err := forgetPeak(s.pids); err != nil {
		return point{}, err
	}
	var cpu []float64
	for range rounds {
		_, used, err := s.spent(func() (outcome, error) { return outcome{}, b.carry(ctx, r.target(s, ""), n) })
		if err != nil {
			return point{}, err
		}
		cpu = append(cpu, each(used, n))
	}
	peak, err := peakOf(s.pids)
	median := spreadOf(cpu).median
	return point{
		Table: b.table(), Size: sizeName(b.size),
		CPU: median, PerMB: median / (float64(b.size) / kilo / kilo), Peak: peak,
	}, err
}

// carry sends or fetches the body n times on one connection.
func (b body) carry(ctx context.Context, t target, n int) error {
	t.path = "/bulk"
	if !b.up {
		t.path = fmt.Sprintf("/bulk/%d", b.size)
	}
	c, err := t.dial(ctx, "http/1.1")
	if err != nil {
		return err
	}
	defer c.close()
	if b.up {
		head := fmt.Sprintf("Origin: https://%s\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", t.authority(), b.size)
		c.request = append([]byte("POST"), strings.TrimSuffix(strings.TrimPrefix(string(c.request), "GET"), "\r\n")+head...)
	}
	for range n {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := b.once(c); err != nil {
			return err
		}
	}
	return nil
}

func (b body) once(c *client) error {
	if err := c.send(); err != nil {
		return err
	}
	if b.up {
		if _, err := io.CopyN(c.conn, zeros{}, b.size); err != nil {
			return err
		}
	}
	return c.take()
}

// sizeName is a power of 1024, as people say it.
func sizeName(n int64) string {
	for _, unit := range []string{"bytes", "KB", "MB"} {
		if n < kilo {
			return fmt.Sprintf("%d %s", n, unit)
		}
		n /= kilo
	}
	return fmt.Sprintf("%d GB", n)
}
