package scan

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"pavise"
)

// Bounds of an answer that is kept.
const (
	maxRecords = 100
	maxRecord  = 4 << 10
	maxZone    = 5 // names of a zone that was given
)

// Types that the codec does not know: their data is read here.
const (
	typeDS   dnsmessage.Type = 43  // RFC 4034 5
	typeTLSA dnsmessage.Type = 52  // RFC 6698 2
	typeCAA  dnsmessage.Type = 257 // RFC 8659 4
)

var types = map[string]dnsmessage.Type{
	"A": dnsmessage.TypeA, "AAAA": dnsmessage.TypeAAAA, "NS": dnsmessage.TypeNS, "MX": dnsmessage.TypeMX,
	"TXT": dnsmessage.TypeTXT, "AXFR": dnsmessage.TypeAXFR, "CAA": typeCAA, "TLSA": typeTLSA, "DS": typeDS,
}

// errStray is a packet that answers another question than ours.
var errStray = errors.New("an answer to another question")

// read takes the records of the asked type out of an answer, and reports whether it was
// cut off.
func (q query) read(packet []byte) (r *pavise.Records, cut bool, err error) {
	var p dnsmessage.Parser
	h, err := p.Start(packet)
	if err != nil || !h.Response || h.ID != q.id {
		return nil, false, errStray
	}
	if err := q.answered(&p); err != nil {
		return nil, false, err
	}
	r = &pavise.Records{Code: code(h.RCode), Secure: h.AuthenticData}
	for len(r.Data) < maxRecords {
		record, err := p.Answer()
		if errors.Is(err, dnsmessage.ErrSectionDone) || err != nil && h.Truncated {
			break
		}
		if err != nil {
			return nil, false, fmt.Errorf("an answer that cannot be read: %w", err)
		}
		if q.question.Type == dnsmessage.TypeAXFR {
			if len(r.Data) < maxZone {
				r.Data = append(r.Data, bare(record.Header.Name)+" "+strings.TrimPrefix(record.Header.Type.String(), "Type"))
			}
		} else if record.Header.Type == q.question.Type {
			r.Data = append(r.Data, pavise.Clip(data(record.Body), maxRecord))
		}
	}
	return r, h.Truncated, nil
}

// answered skips the question, which must be ours; a refusal or a later message of a
// transfer may bear none (RFC 5936 2.2.1).
func (q query) answered(p *dnsmessage.Parser) error {
	questions, err := p.AllQuestions()
	if err != nil {
		return errStray
	}
	for _, got := range questions {
		if got.Type != q.question.Type || !strings.EqualFold(got.Name.String(), q.question.Name.String()) {
			return errStray
		}
	}
	return nil
}

func bare(n dnsmessage.Name) string { return strings.ToLower(strings.TrimSuffix(n.String(), ".")) }

// data is that of one record, in words.
func data(body dnsmessage.ResourceBody) string {
	switch b := body.(type) {
	case *dnsmessage.AResource:
		return netip.AddrFrom4(b.A).String()
	case *dnsmessage.AAAAResource:
		return netip.AddrFrom16(b.AAAA).String()
	case *dnsmessage.NSResource:
		return bare(b.NS)
	case *dnsmessage.MXResource:
		return fmt.Sprintf("%d %s", b.Pref, bare(b.MX))
	case *dnsmessage.TXTResource:
		return strings.Join(b.TXT, "")
	case *dnsmessage.UnknownResource:
		return unknown(b.Type, b.Data)
	}
	return ""
}

func unknown(kind dnsmessage.Type, b []byte) string {
	switch {
	case kind == typeCAA && len(b) > 2 && len(b) >= 2+int(b[1]):
		tag := 2 + int(b[1])
		return fmt.Sprintf("%d %s %q", b[0], b[2:tag], b[tag:])
	case kind == typeTLSA && len(b) > 3:
		return fmt.Sprintf("%d %d %d %s", b[0], b[1], b[2], hex.EncodeToString(b[3:]))
	case kind == typeDS && len(b) > 4:
		return fmt.Sprintf("%d %d %d %s", int(b[0])<<8|int(b[1]), b[2], b[3], hex.EncodeToString(b[4:]))
	}
	return `\# ` + fmt.Sprint(len(b)) + " " + hex.EncodeToString(b) // RFC 3597 5
}
