package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"

	"pavise"
)

// atOnce bounds how many questions are answered at a time.
const atOnce = 1024

// Serve answers what the other process asks of the store, until the connection ends.
func Serve(conn net.Conn, s pavise.Store) {
	defer conn.Close()
	slots := make(chan struct{}, atOnce)
	var writing sync.Mutex
	for in := json.NewDecoder(conn); ; {
		var q question
		if in.Decode(&q) != nil {
			return
		}
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			a := q.put(s)
			writing.Lock()
			defer writing.Unlock()
			conn.SetWriteDeadline(time.Now().Add(sendTime))
			if json.NewEncoder(conn).Encode(a) != nil {
				conn.Close()
			}
		}()
	}
}

// put asks the store. What is asked of it is done, whether or not somebody still waits.
func (q *question) put(s pavise.Store) answer {
	a, ctx, key := answer{ID: q.ID}, context.Background(), string(q.Key)
	var err error
	switch q.Op {
	case opAdd:
		a.Sum, a.Left, err = s.Add(ctx, key, q.N, q.Life)
	case opTouch:
		a.Did, err = s.Touch(ctx, key, q.Life)
	case opGet:
		a.Value, a.Version, err = s.Get(ctx, key)
	case opSwap:
		a.Did, err = s.Swap(ctx, key, q.Value, q.Version, q.Life)
	case opDelete:
		err = s.Delete(ctx, key)
	default:
		err = fmt.Errorf("%w: it knows no %.20q", pavise.ErrAway, q.Op)
	}
	if err != nil {
		a.failed(err)
	}
	return a
}
