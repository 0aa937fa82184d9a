package requests

import (
	"io"

	"pavise"
)

// replaceBody gives the request another body. The server must find its own in its
// own request: by it net/http knows what is still to be read.
func replaceBody(x *pavise.Exchange, body io.ReadCloser) {
	x.Request = x.Request.WithContext(x.Request.Context())
	x.Request.Body = body
}
