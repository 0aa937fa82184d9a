// Package queue keeps messages on disk until they have been sent. A message is in the
// queue from the moment its envelope has got its name, and until that is taken away: what
// was half written when the machine died is no message.
package queue

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"pavise/mail/letter"
)

// Why the queue does not take a message, or cannot be had.
var (
	ErrFull   = errors.New("the queue is full")
	ErrLocked = errors.New("another process has the queue")
	ErrNone   = errors.New("no such message is in the queue")
	ErrOwner  = errors.New("the queue belongs to another account")
)

// errDamaged is a message that no later reading makes whole. Any other error may pass.
var errDamaged = errors.New("it is damaged")

// A Record is a message's envelope, and how far it has come.
type Record struct {
	ID        string           `json:"id"`
	From      string           `json:"from"`  // sender of the envelope
	Owner     string           `json:"owner"` // who is told that it failed, "" for nobody
	To        []letter.Outcome `json:"to"`
	Arrived   time.Time        `json:"arrived"`
	Next      time.Time        `json:"next"` // when it is tried
	Attempts  int              `json:"attempts"`
	Size      int64            `json:"size"`
	MessageID string           `json:"message-id"`
	Subject   string           `json:"subject"`
}

// Waiting are the recipients that the message has still to reach.
func (r *Record) Waiting() []string {
	var list []string
	for _, o := range r.To {
		if o.Fate == letter.Delayed {
			list = append(list, o.To)
		}
	}
	return list
}

// A Queue is a directory that this process alone writes to, but for the drop in it.
type Queue struct {
	dir  string
	max  Bounds
	lock *os.File

	mu      sync.Mutex
	sizes   map[string]int64 // of each message that is in it
	bytes   int64
	unsaved map[string]*Record // what the disk had no room for
	gone    map[string]bool    // what is sent, and could not be taken away

	settling sync.RWMutex // those who save and remove share it, who settles has it alone

	looking sync.Mutex
	drop    *os.File // the folder, as far as it has been looked at
}

// Bounds are those of a queue.
type Bounds struct {
	Messages int
	Bytes    int64
}

// folders of a queue. What is dropped there other accounts may write, and not read.
const (
	messages = "messages"
	damaged  = "damaged"
	part     = ".part"
	envelope = ".json"
)

// Open takes a queue, which is made if there is none, and returns what is in it from the
// oldest on. Note is told of what was found broken, and is put aside. No account but the
// one whose queue it is may: the relay could not read what root has written there.
func Open(dir string, max Bounds, note func(string)) (*Queue, []*Record, error) {
	if !isOwn(filepath.Join(dir, messages), dir) {
		return nil, nil, ErrOwner
	}
	if err := makeFolders(dir); err != nil {
		return nil, nil, err
	}
	lock, err := takeLock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, nil, err
	}
	q := &Queue{dir: dir, max: max, lock: lock, sizes: map[string]int64{}, unsaved: map[string]*Record{}, gone: map[string]bool{}}
	list, err := q.recover(note)
	if err != nil {
		return nil, nil, errors.Join(err, lock.Close())
	}
	return q, list, nil
}

// Close lets others have the queue.
func (q *Queue) Close() error {
	q.looking.Lock()
	defer q.looking.Unlock()
	if q.drop != nil {
		q.drop.Close()
		q.drop = nil
	}
	return q.lock.Close()
}

func (q *Queue) path(name string) string { return filepath.Join(q.dir, messages, name) }

func makeFolders(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	for path, mode := range map[string]fs.FileMode{dir: 0o711, filepath.Join(dir, messages): 0o700, filepath.Join(dir, damaged): 0o700} {
		if err := os.MkdirAll(path, mode); err != nil {
			return err
		}
	}
	return makeDrop(dir)
}

// recover takes away what is no message, and reads the rest.
func (q *Queue) recover(note func(string)) ([]*Record, error) {
	files, err := os.ReadDir(q.path(""))
	if err != nil {
		return nil, err
	}
	var list []*Record
	kept := map[string]bool{}
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name(), envelope)
		if !ok {
			continue
		}
		r, err := read(q.dir, id)
		if err != nil && !errors.Is(err, errDamaged) { // no more files, a disk that fails: nothing is wrong with the message
			return nil, err
		}
		if err != nil {
			note(fmt.Sprintf("%s: %v: it is put aside to %s", f.Name(), err, filepath.Join(q.dir, damaged)))
			if err := q.putAside(id); err != nil {
				return nil, err
			}
			continue
		}
		kept[id] = true
		list = append(list, r)
		q.sizes[id] = r.Size
		q.bytes += r.Size
	}
	for _, f := range files {
		if id := strings.TrimSuffix(f.Name(), envelope); !kept[id] {
			if err := os.Remove(q.path(f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
	}
	sortByAge(list)
	return list, nil
}

func sortByAge(list []*Record) {
	slices.SortFunc(list, func(a, b *Record) int { return cmp.Or(a.Arrived.Compare(b.Arrived), cmp.Compare(a.ID, b.ID)) })
}

// putAside keeps what is broken for a person to look at.
func (q *Queue) putAside(id string) error {
	for _, name := range []string{id + envelope, id} {
		if err := os.Rename(q.path(name), filepath.Join(q.dir, damaged, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// List reads what is in a queue without taking it.
func List(dir string) ([]*Record, error) {
	files, err := os.ReadDir(filepath.Join(dir, messages))
	if err != nil {
		return nil, err
	}
	list := []*Record{}
	for _, f := range files {
		if id, ok := strings.CutSuffix(f.Name(), envelope); ok {
			if r, err := read(dir, id); err == nil { // else it has gone meanwhile
				list = append(list, r)
			}
		}
	}
	sortByAge(list)
	return list, nil
}

// Read reads one record of a queue without taking it.
func Read(dir, id string) (*Record, error) {
	if !isID(id) {
		return nil, ErrNone
	}
	r, err := read(dir, id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	return r, err
}

// Message opens the message of a record.
func Message(dir, id string) (*os.File, error) {
	if !isID(id) {
		return nil, ErrNone
	}
	return os.Open(filepath.Join(dir, messages, id))
}

// maxEnvelope bounds what is read of an envelope.
const maxEnvelope = 16 << 20

func read(dir, id string) (*Record, error) {
	f, err := os.Open(filepath.Join(dir, messages, id+envelope))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxEnvelope))
	if err != nil {
		return nil, err
	}
	r := new(Record)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	info, err := os.Stat(filepath.Join(dir, messages, id))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: its message is gone", errDamaged)
	case err != nil:
		return nil, err
	case r.ID != id || len(r.To) == 0:
		return nil, fmt.Errorf("%w: it is no envelope of this message", errDamaged)
	case info.Size() != r.Size:
		return nil, fmt.Errorf("%w: its message has %d bytes, and should have %d", errDamaged, info.Size(), r.Size)
	}
	return r, nil
}

// idLength is that of our own names. Those of reports are made of them, and longer.
const idLength = 20

// NewID is a name that no other message has.
func NewID() string { return strings.ToLower(rand.Text()[:idLength]) }

// isID reports whether s can be the name of a message.
func isID(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}
