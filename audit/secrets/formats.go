package secrets

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"regexp"
	"strings"
)

// A format is one by which a kind of secret is known.
type format struct {
	kind string
	// hints are what stands in every file that has one, in lower case.
	hints   []string
	pattern *regexp.Regexp // its first group is the secret
	// true decides; nil is that the pattern does.
	true func(secret string, around []byte) bool
	mild string
}

// around is how many bytes before and behind a secret tell what it is for.
const around = 400

func (f format) find(s *searched) (hits []hit) {
	if f.pattern == nil {
		return keyBlocks(s)
	}
	data := s.data
	for _, at := range s.tried(f.pattern, f.hints) {
		secret := string(data[at[2]:at[3]])
		near := data[max(0, at[2]-around):min(len(data), at[3]+around)]
		if !isPlaceholder(secret) && (f.true == nil || f.true(secret, near)) {
			hits = append(hits, hit{kind: f.kind, value: secret, at: at[2], mild: f.mild})
		}
	}
	return hits
}

// The forms of secrets, each with where it is described. All were read 2026-11-21.
var formats = []format{
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html: the
	// identifier is no secret, so the secret key must stand beside it.
	{kind: "AWS access key", hints: []string{"akia", "asia"}, pattern: regexp.MustCompile(`\b((?:AKIA|ASIA)[A-Z2-7]{16})\b`), true: awsPair},
	// https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
	{kind: "GitHub token", hints: []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_"}, pattern: regexp.MustCompile(`\b(gh[pousr]_[A-Za-z0-9]{36})\b`), true: checksummed},
	// https://github.blog/security/application-security/introducing-fine-grained-personal-access-tokens-for-github/
	{kind: "GitHub token", hints: []string{"github_pat_"}, pattern: regexp.MustCompile(`\b(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b`), true: random(4)},
	// https://github.blog/2021-09-23-announcing-npms-new-access-token-format/
	{kind: "npm token", hints: []string{"npm_"}, pattern: regexp.MustCompile(`\b(npm_[A-Za-z0-9]{36})\b`), true: checksummed},
	// https://docs.gitlab.com/17.5/ee/security/tokens
	{kind: "GitLab token", hints: []string{"glpat-"}, pattern: regexp.MustCompile(`\b(glpat-[A-Za-z0-9_-]{20,64}(?:\.[0-9a-z]{2}\.[0-9a-z]{9})?)(?:[^A-Za-z0-9_-]|$)`), true: random(3.5)},
	// https://docs.slack.dev/authentication/tokens
	{kind: "Slack token", hints: []string{"xoxb-", "xoxp-"}, pattern: regexp.MustCompile(`\b(xox[bp]-[0-9]{10,13}-[0-9]{10,13}-(?:[0-9]{10,13}-)?[A-Za-z0-9]{24,34})\b`), true: random(3.5)},
	// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
	{kind: "Slack webhook", hints: []string{"hooks.slack.com"}, pattern: regexp.MustCompile(`(https://hooks\.slack\.com/services/T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{24})\b`), true: random(4)},
	// https://docs.stripe.com/keys
	{kind: "Stripe live key", hints: []string{"sk_live_", "rk_live_"}, pattern: regexp.MustCompile(`\b([sr]k_live_[A-Za-z0-9]{24,128})\b`), true: random(3.5)},
	// https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
	{kind: "SendGrid key", hints: []string{"sg."}, pattern: regexp.MustCompile(`\b(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})(?:[^A-Za-z0-9_-]|$)`), true: random(4.5)},
	// https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth
	{kind: "Mailgun key", hints: []string{"mailgun"}, pattern: regexp.MustCompile(`\b(key-[0-9a-f]{32})\b`), true: random(3)},
	// https://cloud.google.com/docs/authentication/api-keys: made to be sent by browsers,
	// and guarded by what they are restricted to.
	{kind: "Google API key", hints: []string{"aiza"}, pattern: regexp.MustCompile(`\b(AIza[A-Za-z0-9_-]{35})(?:[^A-Za-z0-9_-]|$)`), true: random(4),
		mild: "pages may show it, where it is restricted to them"},
	// https://postmarkapp.com/developer/api/overview
	{kind: "Postmark server token", hints: []string{"postmark"}, pattern: regexp.MustCompile(`(?i)postmark[^\n]{0,80}?\b([0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\b`), true: random(3)},
	// RFC 7468 10 and 11, RFC 5915, RFC 8017 A.1.2
	{kind: "private key", hints: []string{"private key-----"}},
}

// passwordForm is an address with a password in it (RFC 3986 3.2.1).
var passwordForm = regexp.MustCompile(`(?i)\b(?:postgres|postgresql|mysql|mariadb|mongodb|mongodb\+srv|redis|rediss|amqps?|smtps?|mssql|sqlserver)://[^\s:/@"'` + "`" + `<>]{1,64}:([^\s/@"'` + "`" + `]{1,128})@[^\s/"'` + "`" + `]{1,253}`)

var schemes = []string{"postgres://", "postgresql://", "mysql://", "mariadb://", "mongodb://", "mongodb+srv://", "redis://", "rediss://", "amqp://", "amqps://", "smtp://", "smtps://", "mssql://", "sqlserver://"}

// awsPair reports whether the secret key stands near the identifier.
func awsPair(id string, near []byte) bool {
	if strings.HasSuffix(id, "EXAMPLE") || entropy(id) < 3 {
		return false
	}
	for _, m := range awsSecret.FindAllSubmatch(near, 20) {
		if s := string(m[1]); entropy(s) > 4 && strings.ContainsAny(s, digits) && strings.ToLower(s) != s && strings.ToUpper(s) != s && !isPlaceholder(s) {
			return true
		}
	}
	return false
}

var awsSecret = regexp.MustCompile(`(?:^|[^A-Za-z0-9/+=])([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)`)

// addresses lists the passwords in addresses of services.
func addresses(s *searched) (hits []hit) {
	data := s.data
	for _, at := range s.tried(passwordForm, schemes) {
		password, host := string(data[at[2]:at[3]]), strings.ToLower(string(data[at[3]+1:at[1]]))
		if plain, err := url.PathUnescape(password); err == nil {
			password = plain
		}
		user := string(data[at[0]:at[2]])
		if ours(host) || isHole(password) || isHole(user) || isHole(host) {
			continue
		}
		h := hit{kind: "password in an address", value: password, at: at[2], usual: usual(password) || strings.Contains(user, "://"+password+":")}
		if !h.usual && isPlaceholder(password) {
			continue
		}
		hits = append(hits, h)
	}
	return hits
}

// ours reports whether the host is this machine, one of a private set of containers or
// one of documentation (RFC 2606, RFC 6761).
func ours(host string) bool {
	host, _, _ = strings.Cut(host, ",")
	if i := strings.LastIndexByte(host, ':'); i > 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	host = strings.TrimSuffix(host, ".")
	if !strings.Contains(host, ".") || strings.HasPrefix(host, "127.") || host == "0.0.0.0" {
		return true
	}
	for _, name := range []string{"example.com", "example.org", "example.net", "domain.com", "host.com", "server.com", "mydomain.com"} {
		if host == name || strings.HasSuffix(host, "."+name) {
			return true
		}
	}
	for _, end := range []string{".example", ".test", ".invalid", ".localhost", ".local", ".internal"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return strings.HasPrefix(host, "example.") || strings.HasPrefix(host, "host.") || strings.Contains(host, "cluster0.mongodb")
}

// keyBlocks lists the private keys: blocks that can be read to their end.
func keyBlocks(s *searched) (hits []hit) {
	data := s.data
	const begin, kind, end = "-----BEGIN ", "PRIVATE KEY", "-----END "
	for from, n := 0, 0; ; n++ {
		i := bytes.Index(data[from:], []byte(begin))
		if i < 0 {
			return hits
		}
		if n == maxTried || len(hits) > maxEach {
			s.beyond = true
			return hits
		}
		at := from + i
		from = at + len(begin)
		rest := data[at:min(len(data), at+32<<10)]
		head := rest[:min(len(rest), 64)]
		stop := bytes.Index(rest, []byte(end))
		if !bytes.Contains(head, []byte(kind)) || stop < 0 {
			continue
		}
		rest = rest[:min(len(rest), stop+64)]
		from = at + stop
		if h, is := keyBlock(rest); is {
			h.at = at
			hits = append(hits, h)
		}
	}
}

// keyBlock reads one private key, also one in a string with \n in place of its lines.
func keyBlock(text []byte) (hit, bool) {
	block, _ := pem.Decode(bytes.ReplaceAll(text, []byte(`\n`), []byte("\n")))
	if block == nil || len(block.Bytes) < 32 || !strings.HasSuffix(block.Type, "PRIVATE KEY") {
		return hit{}, false
	}
	h := hit{kind: "private key", value: block.Type + base64.StdEncoding.EncodeToString(block.Bytes)}
	cipher, openSSH := bytes.CutPrefix(block.Bytes, []byte("openssh-key-v1\x00\x00\x00\x00"))
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY", strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"),
		openSSH && !bytes.HasPrefix(cipher, []byte("\x04none")):
		h.mild = "it is encrypted"
	case !openSSH && block.Bytes[0] != 0x30: // a SEQUENCE of ASN.1
		return hit{}, false
	}
	return h, true
}
