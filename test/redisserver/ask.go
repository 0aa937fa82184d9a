package redisserver

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ask asks one question on a connection of its own, in RESP2.
func (s *Server) ask(command []string) (string, error) {
	conn, err := net.DialTimeout("unix", s.Socket, time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	in := bufio.NewReader(conn)
	if _, err := os.Stat(filepath.Join(s.dir, "users.acl")); err == nil {
		if _, err := exchange(conn, in, []string{"AUTH", "admin", adminPassword}); err != nil {
			return "", err
		}
	}
	return exchange(conn, in, command)
}

func exchange(out io.Writer, in *bufio.Reader, command []string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(command))
	for _, word := range command {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := io.WriteString(out, b.String()); err != nil {
		return "", err
	}
	return read(in)
}

func read(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	kind, rest := line[0], line[1:]
	switch kind {
	case '+', ':':
		return rest, nil
	case '-':
		return "", fmt.Errorf("redis-server: %s", rest)
	}
	n, err := strconv.Atoi(rest)
	switch {
	case err != nil:
		return "", fmt.Errorf("redis-server: %q", line)
	case n < 0:
		return "", nil
	case kind == '$':
		text := make([]byte, n+2)
		_, err := io.ReadFull(in, text)
		return string(text[:n]), err
	}
	parts := make([]string, n)
	for i := range parts {
		if parts[i], err = read(in); err != nil {
			return "", err
		}
	}
	return strings.Join(parts, "\n"), nil
}
