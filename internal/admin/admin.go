// Package admin is how the owner talks to a running Pavise: HTTP over a socket in
// the state directory, which only the user who runs it can open.
package admin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Bounds of one question.
const (
	askTime   = 5 * time.Second
	tellTime  = time.Minute // to do it, too
	maxAnswer = 16 << 20
	maxPath   = 107 // of a socket, unix(7)
)

// ErrNobody is that no running Pavise uses the state directory.
var ErrNobody = errors.New("no running Pavise keeps its state")

// Serve answers the owner's questions by the handler until closed is called, which lets
// those be answered that were asked before. Every
// process has a socket of its own, below run in the state directory.
func Serve(state string, handler http.Handler) (closed func() error, err error) {
	dir := folder(state)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o700); err != nil { // it may be there already, for others to put sockets of theirs into (CWE-732)
		return nil, err
	}
	name := filepath.Join(dir, strconv.Itoa(os.Getpid()))
	path, born := name+ending, name+".new"
	if len(path) > maxPath {
		return nil, fmt.Errorf("the path of the socket %s has %d bytes, and the system allows %d", path, len(path), maxPath)
	}
	if err := os.Remove(born); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a dead process with our number
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: born, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	// It gets its name when it listens: who asks before is refused, and takes us for dead.
	if err := errors.Join(os.Chmod(born, 0o600), os.Rename(born, path)); err != nil {
		return nil, errors.Join(err, l.Close(), os.Remove(born))
	}
	server := &http.Server{Handler: handler, ReadTimeout: askTime, WriteTimeout: tellTime}
	go server.Serve(l)
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), askTime)
		defer cancel()
		os.Remove(path)
		if server.Shutdown(ctx) == nil { // who was told to hand over answers that it has
			return nil
		}
		return server.Close()
	}, nil
}

func folder(state string) string { return filepath.Join(state, "run") }

// ending is that of the names of sockets.
const ending = ".sock"

// sockets are the paths of those that are there.
func sockets(state string) (list []string, err error) {
	files, err := os.ReadDir(folder(state))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	for _, file := range files {
		if strings.HasSuffix(file.Name(), ending) {
			list = append(list, filepath.Join(folder(state), file.Name()))
		}
	}
	return list, err
}

// Used says whether a Pavise runs that uses the state directory, or ended without a word.
func Used(state string) bool {
	list, _ := sockets(state)
	return len(list) > 0
}

// Ask puts a question, the path of a URL, to every running Pavise that uses the
// state directory, and returns the answers. The error is [ErrNobody] if there is
// none. Sockets of processes that have died are removed. Where one cannot be asked, its
// error comes with the answers of those that were asked before.
func Ask(ctx context.Context, state, question string) ([][]byte, error) {
	return askAll(ctx, state, func() (string, io.Reader) { return question, nil })
}

// Tell is Ask for what shall be done: body is sent to the path. Where one refuses, the
// error is what it says, beside what those answer that have done it before.
func Tell(ctx context.Context, state, path string, body []byte) ([][]byte, error) {
	return askAll(ctx, state, func() (string, io.Reader) { return path, bytes.NewReader(body) })
}

func askAll(ctx context.Context, state string, question func() (path string, body io.Reader)) ([][]byte, error) {
	answers, left, err := askOnce(ctx, state, question)
	if left && len(answers) == 0 && err == nil { // it has handed over, to one that was not there yet
		answers, _, err = askOnce(ctx, state, question)
	}
	if len(answers) == 0 && err == nil {
		err = fmt.Errorf("%w in %s", ErrNobody, state)
	}
	return answers, err
}

// askOnce asks those that are there. It reports whether one has left meanwhile.
func askOnce(ctx context.Context, state string, question func() (path string, body io.Reader)) (answers [][]byte, left bool, err error) {
	list, err := sockets(state)
	if err != nil {
		return nil, false, err
	}
	for _, socket := range list {
		path, body := question()
		answer, err := ask(ctx, socket, path, body)
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			os.Remove(socket)
		case errors.Is(err, fs.ErrNotExist):
			left = true
		case errors.As(err, new(*RefusedError)):
			return answers, left, err
		case err != nil:
			return answers, left, fmt.Errorf("%s: %w", socket, err)
		default:
			answers = append(answers, answer)
		}
	}
	return answers, left, nil
}

// A RefusedError is why a running Pavise would not do what it was told.
type RefusedError struct{ Said string }

func (e *RefusedError) Error() string { return e.Said }

// ask puts a question, or with a body has something done.
func ask(ctx context.Context, socket, question string, body io.Reader) ([]byte, error) {
	patience, method := askTime, http.MethodGet
	if body != nil {
		patience, method = tellTime, http.MethodPost
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}}}
	req, err := http.NewRequestWithContext(ctx, method, "http://pavise"+question, body)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusUnprocessableEntity { // it has understood, and refuses
		said, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		return nil, errors.Join(err, &RefusedError{strings.TrimSpace(string(said))})
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s: perhaps it is another version", res.Status)
	}
	return io.ReadAll(io.LimitReader(res.Body, maxAnswer))
}
