package acme

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	acmeproto "github.com/mholt/acmez/v3/acme"
)

// maxInfo bounds what is read of an answer.
const maxInfo = 64 << 10

// renewalInfo asks once when the certificate should be renewed, and when to ask
// again (RFC 9773 4). The library's own question takes windows of a second, which
// some authorities give for a revoked certificate, for a mistake.
func (a *authorityIssuer) renewalInfo(ctx context.Context, leaf *x509.Certificate) (w window, again time.Time, err error) {
	ctx, leave := context.WithTimeout(ctx, 30*time.Second)
	defer leave()
	client := acmeproto.Client{Directory: a.cfg.Directory, HTTPClient: a.client}
	dir, err := client.GetDirectory(ctx)
	if err != nil {
		return w, again, err
	}
	id, err := acmeproto.ARIUniqueIdentifier(leaf)
	if err != nil || dir.RenewalInfo == "" {
		return w, again, errors.Join(err, errors.New("the authority suggests no windows"))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, dir.RenewalInfo+"/"+id, nil)
	if err != nil {
		return w, again, err
	}
	res, err := a.client.Do(r)
	if err != nil {
		return w, again, err
	}
	defer res.Body.Close()
	var info struct {
		SuggestedWindow struct{ Start, End time.Time }
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxInfo)).Decode(&info); err != nil || res.StatusCode != http.StatusOK {
		return w, again, fmt.Errorf("renewal information: %s, %v", res.Status, err)
	}
	w = window{info.SuggestedWindow.Start, info.SuggestedWindow.End}
	if w.start.IsZero() || !w.start.Before(w.end) { // 4.2: to be ignored
		return window{}, again, errors.New("renewal information: a window that ends before it begins")
	}
	if s, err := strconv.ParseUint(res.Header.Get("Retry-After"), 10, 31); err == nil {
		again = a.cfg.Now().Add(time.Duration(s) * time.Second)
	}
	return w, again, nil
}
