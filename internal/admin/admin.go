// Package admin is how the owner talks to a running Pavise: HTTP over a socket in
// the state directory, which only the user who runs it can open.
package admin

import (
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
	"syscall"
	"time"
)

// Bounds of one question.
const (
	askTime   = 5 * time.Second
	maxAnswer = 16 << 20
	maxPath   = 107 // of a socket, unix(7)
)

// ErrNobody is that no running Pavise uses the state directory.
var ErrNobody = errors.New("no running Pavise keeps its state")

// Serve answers the owner's questions by the handler until closed is called. Every
// process has a socket of its own, below run in the state directory.
func Serve(state string, handler http.Handler) (closed func() error, err error) {
	dir := folder(state)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, strconv.Itoa(os.Getpid())+".sock")
	if len(path) > maxPath {
		return nil, fmt.Errorf("the path of the socket %s has %d bytes, and the system allows %d", path, len(path), maxPath)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a dead process with our number
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: handler, ReadTimeout: askTime, WriteTimeout: askTime}
	go server.Serve(l)
	return server.Close, nil
}

func folder(state string) string { return filepath.Join(state, "run") }

// Ask puts a question, the path of a URL, to every running Pavise that uses the
// state directory, and returns the answers. The error is [ErrNobody] if there is
// none. Sockets of processes that have died are removed.
func Ask(ctx context.Context, state, question string) ([][]byte, error) {
	sockets, err := os.ReadDir(folder(state))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var answers [][]byte
	for _, file := range sockets {
		socket := filepath.Join(folder(state), file.Name())
		answer, err := ask(ctx, socket, question)
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			os.Remove(socket)
		case err != nil:
			return nil, fmt.Errorf("%s: %w", socket, err)
		default:
			answers = append(answers, answer)
		}
	}
	if len(answers) == 0 {
		return nil, fmt.Errorf("%w in %s", ErrNobody, state)
	}
	return answers, nil
}

func ask(ctx context.Context, socket, question string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://pavise"+question, nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s: perhaps it is another version", res.Status)
	}
	return io.ReadAll(io.LimitReader(res.Body, maxAnswer))
}
