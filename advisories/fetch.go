package advisories

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Bounds of fetching.
const (
	maxTries   = 4 // a broken transfer goes on where it broke off
	headerTime = 30 * time.Second
)

// A Fetcher fetches what sources publish.
type Fetcher struct {
	Agent    string                 // User-Agent
	Roots    *tls.Config            // nil trusts as the system does
	Progress func(got, total int64) // total is -1 where it is not told
	// Authorization is what a registry is shown; "" is nothing.
	Authorization string
}

// Fetched is what was fetched, in a file that Close removes.
type Fetched struct{ File *os.File }

// Close removes the file.
func (f *Fetched) Close() {
	f.File.Close()
	os.Remove(f.File.Name())
}

// size is how much was fetched so far.
func (f *Fetched) size() int64 {
	n, _ := f.File.Seek(0, io.SeekEnd)
	return n
}

// sum is the SHA-256 of it all, and leaves the file to be read from its begin.
func (f *Fetched) sum() (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f.File, 0, maxArchive)); err != nil {
		return "", err
	}
	_, err := f.File.Seek(0, io.SeekStart)
	return hex.EncodeToString(h.Sum(nil)), err
}

// Fetch returns what is at the address of a source, or nil if that has not changed
// since the source was read. It sets Sum, ETag and Changed of the source.
func (f Fetcher) Fetch(ctx context.Context, s *Source) (*Fetched, error) {
	if err := trusted(s.Address); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "pavise-fetch-*")
	if err != nil {
		return nil, err
	}
	data := &Fetched{file}
	there, err := f.all(ctx, s, data)
	if err == nil && there {
		if s.Sum, err = data.sum(); err == nil {
			return data, nil
		}
	}
	data.Close()
	return nil, err
}

// all asks till everything is there, and reports false where nothing has changed.
func (f Fetcher) all(ctx context.Context, s *Source, data *Fetched) (bool, error) {
	client := f.client()
	defer client.CloseIdleConnections()
	var last error
	for range maxTries {
		done, err := f.part(ctx, client, s, data)
		switch {
		case err == nil:
			return done != unchanged, nil
		case done == final || ctx.Err() != nil:
			return false, fmt.Errorf("%s: %w", s.Address, err)
		}
		last = err
	}
	return false, fmt.Errorf("%s: %w, %d times", s.Address, last, maxTries)
}

type progress int

const (
	more      progress = iota // it broke off, and may go on
	final                     // there is no more, or it makes no sense to ask again
	unchanged                 // it is what it was
)

// part asks for the file, or for what is still missing of it (RFC 9110 14.2).
func (f Fetcher) part(ctx context.Context, client *http.Client, s *Source, data *Fetched) (progress, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Address, nil)
	if err != nil {
		return final, err
	}
	req.Header.Set("User-Agent", f.Agent)
	req.Header.Set("Accept", "application/json, application/zip")
	had := data.size()
	begun := had > 0
	switch {
	case begun:
		req.Header.Set("Range", "bytes="+strconv.FormatInt(had, 10)+"-")
		req.Header.Set("If-Range", s.ETag)
		req.Header.Set("Accept-Encoding", "identity")
	case s.ETag != "":
		req.Header.Set("If-None-Match", s.ETag)
	case s.Changed != "":
		req.Header.Set("If-Modified-Since", s.Changed)
	}
	res, err := client.Do(req)
	if err != nil {
		if wrapped := new(url.Error); errors.As(err, &wrapped) {
			err = wrapped.Err // the address is said once
		}
		return final, err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNotModified && !begun:
		return unchanged, nil
	case res.StatusCode == http.StatusPartialContent && begun && res.Header.Get("Content-Range") == contentRange(had, res):
	case res.StatusCode == http.StatusOK:
		if had = 0; data.File.Truncate(0) != nil || data.size() != 0 {
			return final, errors.New("what was fetched cannot be begun again")
		}
	default:
		return final, errors.New(res.Status)
	}
	s.ETag, s.Changed = res.Header.Get("ETag"), res.Header.Get("Last-Modified")
	total := res.ContentLength
	if total >= 0 {
		total += had
	}
	counted := &counting{r: res.Body, do: f.Progress, got: had, total: total}
	limit := int64(maxFile)
	if strings.HasSuffix(s.Address, ".zip") {
		limit = maxArchive
	}
	n, err := io.Copy(data.File, io.LimitReader(counted, limit+1-had))
	if had+n > limit {
		return final, fmt.Errorf("it is longer than %d MB", limit>>20)
	}
	if err != nil && s.ETag == "" {
		data.File.Truncate(0) // without one nobody knows whether the rest belongs to it
	}
	return more, err
}

// contentRange is what the answer must say of itself to be the rest.
func contentRange(from int64, res *http.Response) string {
	end := from + res.ContentLength
	return fmt.Sprintf("bytes %d-%d/%d", from, end-1, end)
}

type counting struct {
	r          io.Reader
	do         func(got, total int64)
	got, total int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.got += int64(n); c.do != nil {
		c.do(c.got, c.total)
	}
	return n, err
}

// trusted refuses addresses from which anybody on the line could send what he likes.
func trusted(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	ip := net.ParseIP(u.Hostname())
	switch {
	case u.Hostname() == "":
		return fmt.Errorf("%q is no address such as https://mirror.example.com/file.json", clip(address))
	case u.Scheme == "https", u.Scheme == "http" && ip != nil && ip.IsLoopback():
		return nil
	}
	return fmt.Errorf("%s: the address must be https: what comes over %s anybody on the line can change", clip(address), u.Scheme)
}
