package scan

import (
	"context"
	"io"
	"time"

	"pavise"
)

// maxAnswer is how much is read of what a server says to half a message.
const maxAnswer = 4 << 10

// hold leaves a connection hanging, and sees when the server lets go of it.
func (c client) hold(ctx context.Context, s pavise.Slow) (*pavise.Held, error) {
	conn, err := c.line(ctx, s.Address, s.Name)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := io.WriteString(conn, s.Sent); err != nil {
		return nil, err
	}
	began, wait := time.Now(), min(s.Wait, maxWait)
	conn.SetReadDeadline(began.Add(wait))
	io.Copy(io.Discard, io.LimitReader(conn, maxAnswer)) // however it ends, the server has let go or the time is up
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	held := time.Since(began)
	return &pavise.Held{For: held.Round(time.Millisecond), Open: held >= wait}, nil
}
