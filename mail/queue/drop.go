package queue

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The drop is where programs leave messages while no relay runs: every account may write
// there, and none but the relay's can see what is there.
const (
	drop      = "drop"
	dropped   = ".mail"
	refused   = ".refused"
	staleDrop = 24 * time.Hour // after which what is half written is given up
	maxLook   = 10_000         // names that are read at once
)

// ErrDrop is a file in the drop that none of our commands has written.
var ErrDrop = errors.New("it was not left by pavise sendmail")

// A Dropped is a message that was left in the drop.
type Dropped struct {
	ID      string    `json:"-"`
	From    string    `json:"from"`
	To      []string  `json:"to"`
	Size    int64     `json:"size"`
	Account string    `json:"-"` // whose file it is
	Message io.Reader `json:"-"`
	file    *os.File
}

// Close lets the file go.
func (d *Dropped) Close() error { return d.file.Close() }

func makeDrop(dir string) error {
	path := filepath.Join(dir, drop)
	if info, err := os.Stat(path); err == nil && info.Mode()&(fs.ModePerm|fs.ModeSticky) == 0o733|fs.ModeSticky {
		return nil
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Chmod(path, 0o733|fs.ModeSticky)
}

// Leave puts a message into the drop of a queue, and returns when it is on the disk.
func Leave(dir, from string, to []string, message []byte) error {
	id := NewID() // nobody else can guess it, and the folder cannot be listed
	path := filepath.Join(dir, drop, id)
	head, err := json.Marshal(&Dropped{From: from, To: to, Size: int64(len(message))})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path+part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(append(head, '\n'), message...))
	err = errors.Join(err, f.Chmod(0o644), f.Sync()) // so that the relay's account may read it
	if err == nil {
		err = os.Rename(path+part, path+dropped)
	}
	if err != nil {
		return errors.Join(full(err), f.Close(), ignoreMissing(os.Remove(path+part)))
	}
	return errors.Join(syncDrop(filepath.Dir(path)), f.Close())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Drops are messages that wait in the drop. A look goes on where the last one has ended, so
// that however much lies there hides nothing.
func (q *Queue) Drops() ([]string, error) {
	names, err := q.look(maxLook)
	var ids []string
	for _, name := range names {
		if id, ok := strings.CutSuffix(name, dropped); ok && len(id) == idLength && isID(id) { // as Leave names them
			ids = append(ids, id)
		} else if !strings.HasSuffix(name, refused) {
			q.sweepDrop(name)
		}
	}
	return ids, err
}

// look reads the next names of the drop, at most so many; at its end it begins anew.
func (q *Queue) look(most int) ([]string, error) {
	q.looking.Lock()
	defer q.looking.Unlock()
	if q.drop == nil {
		folder, err := os.Open(filepath.Join(q.dir, drop))
		if err != nil {
			return nil, err
		}
		q.drop = folder
	}
	names, err := q.drop.Readdirnames(most)
	if err == io.EOF {
		err = nil
	}
	if len(names) < most {
		err = errors.Join(err, q.drop.Close())
		q.drop = nil
	}
	return names, err
}

// sweepDrop takes away what is no message, and what a program has not written to its end.
func (q *Queue) sweepDrop(name string) {
	path := filepath.Join(q.dir, drop, name)
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > staleDrop {
		os.Remove(path)
	}
}

// Pick opens a message of the drop. A link is none: it would have us send what its owner
// may not read (CWE-59).
func (q *Queue) Pick(id string, most int64) (*Dropped, error) {
	path := filepath.Join(q.dir, drop, id+dropped)
	f, account, err := openOwn(path)
	if err != nil {
		return nil, err
	}
	r := bufio.NewReader(io.LimitReader(f, most+maxEnvelope))
	d := &Dropped{Account: account, Message: r, file: f}
	head, err := r.ReadBytes('\n')
	if err != nil && err != io.EOF {
		return nil, errors.Join(err, f.Close())
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case json.Unmarshal(head, d) != nil || len(d.To) == 0:
		err = fmt.Errorf("%w: it has no envelope", ErrDrop)
	case info.Size() != int64(len(head))+d.Size:
		err = fmt.Errorf("%w: it has %d bytes, and should have %d", ErrDrop, info.Size(), int64(len(head))+d.Size)
	default:
		d.ID = id
		return d, nil
	}
	return nil, errors.Join(err, f.Close())
}

// Picked takes a message out of the drop.
func (q *Queue) Picked(id string) error {
	path := filepath.Join(q.dir, drop, id+dropped)
	return errors.Join(os.Remove(path), syncFolder(filepath.Dir(path)))
}

// Refuse leaves a file in the drop for a person to look at, under a name that nobody can
// have taken before.
func (q *Queue) Refuse(id string) error {
	path := filepath.Join(q.dir, drop, id)
	return os.Rename(path+dropped, path+"."+NewID()+refused)
}
