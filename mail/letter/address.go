package letter

import (
	"errors"
	"strings"
)

// Bounds of an address, RFC 5321 4.5.3.1.
const (
	maxLocal   = 64
	maxAddress = 254
)

const atext = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"

var errAddress = errors.New("is no mail address")

// CheckAddress reports why s is no address that can be sent to: a dot-atom, and behind the
// @ a domain. Quoted local parts, addresses of machines and routes are none: other servers
// read them in more than one way.
func CheckAddress(s string) error {
	local, domain := Split(s)
	if len(s) > maxAddress || !isLocal(local) || !isDomain(domain) {
		return errAddress
	}
	return nil
}

// CheckName is CheckAddress for what may also be an account of this machine.
func CheckName(s string) error {
	if !strings.Contains(s, "@") && isLocal(s) {
		return nil
	}
	return CheckAddress(s)
}

// Split parts an address at its @; without one it is all local.
func Split(s string) (local, domain string) {
	i := strings.LastIndexByte(s, '@')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

func isLocal(s string) bool {
	return s != "" && len(s) <= maxLocal && strings.Trim(s, atext+".") == "" &&
		s[0] != '.' && s[0] != '-' && s[len(s)-1] != '.' && !strings.Contains(s, "..")
}

func isDomain(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// Same reports whether two addresses are the same mailbox, as far as that can be told from
// here: a domain has no case, and no server of today tells Jane from jane.
func Same(a, b string) bool { return strings.EqualFold(a, b) }
