// Package chainlog keeps a log in which a line that was changed, cut out, put in or put
// elsewhere is seen: each line bears a code (HMAC-SHA-256) over itself and the line
// before, by a key that the secret of this machine gives.
//
// Whoever has the secret can write another log, from the first line on. And a log that
// was cut off at its end is whole as far as it goes: only who remembers its last code
// sees that, so [Log.Head] is for those who read along.
package chainlog

import (
	"bufio"
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// A Line is one entry. What is in it is the caller's.
type Line struct {
	Number int             `json:"number"` // from 1
	Time   time.Time       `json:"time"`
	Entry  json.RawMessage `json:"entry"`
	Code   string          `json:"code"` // over all of these and the code before
}

// maxLine bounds what one line may have.
const maxLine = 64 << 10

// A Log is a file that is written at its end.
type Log struct {
	path    string
	secrets [][]byte
	mu      sync.Mutex
	last    Line
	size    int64 // of the file as it was known last
	sync    func(*os.File) error
}

// Open reads a log, which there need not be, and goes on where it ends. The first secret
// signs; the others signed what was written before. A log that is not whole is an error,
// and then the Log goes on all the same, so that nothing more is lost.
func Open(path string, secrets ...[]byte) (*Log, error) {
	l := &Log{path: path, secrets: secrets, sync: (*os.File).Sync}
	return l, l.catchUp()
}

// catchUp goes on where the file ends, if it is not known: another process may write
// to it, while one takes over from the other.
func (l *Log) catchUp() error {
	info, err := os.Stat(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || info.Size() == l.size {
		return err
	}
	lines, err := Read(l.path, l.secrets...)
	known := func(line Line) bool { return line.Code == l.last.Code }
	if len(lines) > 0 && (l.last.Number == 0 || slices.ContainsFunc(lines, known)) { // else its end was cut off, which the next number shows
		l.last = lines[len(lines)-1]
	}
	l.size = info.Size()
	return err
}

func keyOf(secret []byte) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, "pavise chained log", sha256.Size)
	if err != nil {
		panic(err) // it is short enough for any hash
	}
	return key
}

// code is over a line and the code of the one before, each part with its length.
func code(key []byte, before string, l Line) string {
	mac := hmac.New(sha256.New, key)
	for _, part := range []string{before, fmt.Sprint(l.Number), l.Time.UTC().Format(time.RFC3339Nano), string(l.Entry)} {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// Append writes an entry and has it on the disk before it returns the line. Other
// processes that append to the same file are waited for.
func (l *Log) Append(now time.Time, entry any) (Line, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	data, err := json.Marshal(entry)
	if err != nil {
		return Line{}, err
	}
	f, err := l.own()
	if err != nil {
		return Line{}, err
	}
	defer f.Close()                                                           // which lets others go on
	if err := l.catchUp(); err != nil && !errors.As(err, new(*BrokenError)) { // which who opened it was told
		return Line{}, err
	}
	line := Line{Number: l.last.Number + 1, Time: now.UTC(), Entry: data}
	line.Code = code(keyOf(l.secrets[0]), l.last.Code, line)
	text, err := json.Marshal(line)
	if err != nil {
		return Line{}, err
	}
	if len(text) >= maxLine {
		return Line{}, fmt.Errorf("an entry of %d bytes is too long for the log", len(text))
	}
	whole, err := l.write(f, append(text, '\n'))
	if whole {
		l.last = line
	}
	if err != nil {
		return Line{}, err
	}
	return line, nil
}

// own opens the file for us alone: between the reading of the last line and the writing of
// the next nobody else may write.
func (l *Log) own() (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err == nil {
		if err = lock(f); err != nil {
			f.Close()
		}
	}
	return f, err
}

// write reports whether the text is in the file, where it may be although the disk has not
// confirmed it. Of one that did not fit nothing stays.
func (l *Log) write(f *os.File, text []byte) (whole bool, err error) {
	before, err := f.Stat()
	if err != nil {
		return false, err
	}
	if torn(f) { // a line that was never whole, when the power went: it is seen, and the next is not lost with it
		text = append([]byte{'\n'}, text...)
	}
	if _, err := f.Write(text); err != nil {
		return false, errors.Join(err, f.Truncate(before.Size()))
	}
	l.size = before.Size() + int64(len(text))
	return true, l.sync(f)
}

// torn reports whether a file ends within a line.
func torn(f *os.File) bool {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return false
	}
	var last [1]byte
	_, err = f.ReadAt(last[:], size-1)
	return err == nil && last[0] != '\n'
}

// Lines are those that can be read now, as [Read] returns them.
func (l *Log) Lines() ([]Line, error) { return Read(l.path, l.secrets...) }

// Head is the last line.
func (l *Log) Head() Line {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// A BrokenError is where a log is not as it was written.
type BrokenError struct {
	Line int // of the file
	Why  string
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("the log is not as it was written: line %d %s", e.Line, e.Why)
}

// Read returns the lines of a log that can be read. The error is a [*BrokenError] where
// it is not whole, as one of the secrets signed it.
func Read(path string, secrets ...[]byte) ([]Line, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readFrom(f, secrets...)
}

func readFrom(r io.Reader, secrets ...[]byte) (lines []Line, err error) {
	var keys [][]byte
	for _, s := range secrets {
		keys = append(keys, keyOf(s))
	}
	var broken *BrokenError
	scanner, number, last := bufio.NewScanner(r), 0, Line{}
	scanner.Buffer(nil, maxLine)
	for scanner.Scan() {
		number++
		var line Line
		why := ""
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			why = "is no line of it"
		} else {
			why = fault(keys, last, line)
			lines, last = append(lines, line), line
		}
		if why != "" && broken == nil {
			broken = &BrokenError{number, why}
		}
	}
	if err := scanner.Err(); err != nil {
		return lines, err
	}
	if broken != nil {
		return lines, broken
	}
	return lines, nil
}

// fault says why a line cannot be the one after the last.
func fault(keys [][]byte, last, line Line) string {
	if line.Number != last.Number+1 {
		return fmt.Sprintf("is number %d, where %d should stand", line.Number, last.Number+1)
	}
	var compact bytes.Buffer
	if json.Compact(&compact, line.Entry) != nil || !bytes.Equal(compact.Bytes(), line.Entry) {
		return "was written anew"
	}
	for _, key := range keys {
		if hmac.Equal([]byte(line.Code), []byte(code(key, last.Code, line))) {
			return ""
		}
	}
	return "bears a code that is not its own: it or the one before was changed, or no secret here has signed it"
}
