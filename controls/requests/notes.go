package requests

import (
	"sync"

	"pavise"
)

// notes tells the owner each thing once: what strangers can cause must fill no log.
type notes struct {
	env     pavise.Env
	control string
	mu      sync.Mutex
	told    map[string]bool
}

// maxNotes bounds what is told in all.
const maxNotes = 64

func newNotes(env pavise.Env, control string) *notes {
	return &notes{env: env, control: control, told: map[string]bool{}}
}

func (n *notes) once(x *pavise.Exchange, what string) {
	n.mu.Lock()
	first := !n.told[what] && len(n.told) < maxNotes
	if first {
		n.told[what] = true
	}
	n.mu.Unlock()
	if first {
		n.env.Note(x, n.control, what)
	}
}
