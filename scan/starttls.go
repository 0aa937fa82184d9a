package scan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// startTLS has a mail server begin with TLS (RFC 3207 4). What the server says before
// its time is lost, and is not of TLS.
func startTLS(ctx context.Context, conn net.Conn) error {
	limited, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	defer context.AfterFunc(limited, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	d := dialogue(conn)
	code, text, err := d.reply()
	if err != nil || code != 220 {
		return errors.Join(err, fmt.Errorf("smtp: greeted with %d %s", code, text))
	}
	if _, err := d.hello(conn); err != nil {
		return err
	}
	code, text, err = d.ask("STARTTLS")
	if err != nil || code != 220 {
		return errors.Join(err, fmt.Errorf("smtp: STARTTLS is answered %d %s", code, text))
	}
	return nil
}
