package secrets

import (
	"path"
	"regexp"
	"strings"
)

// settings lists what stands in the files that secrets are kept in, .env and .npmrc, and
// the passwords in addresses of any file.
func settings(name string, s *searched) []hit {
	hits := addresses(s)
	switch base := path.Base(name); {
	case base == ".npmrc" || base == ".yarnrc":
		hits = append(hits, named(npmrc, "npm credentials", s, []string{"_auth", "_password"})...)
	case base == ".env" || strings.HasPrefix(base, ".env.") || strings.HasSuffix(base, ".env"):
		hits = append(hits, named(environment, "secret of the environment", s, []string{"secret", "password", "passwd", "token", "private_key", "api_key", "access_key"})...)
	default:
		hits = append(hits, named(signing, "signing secret", s, signers)...)
	}
	return hits
}

var (
	// https://docs.npmjs.com/cli/configuring-npm/npmrc: auth related configuration
	npmrc = regexp.MustCompile(`(?m)^[^#;\n]{0,200}:?_(?:authToken|auth|password)[ \t]*=[ \t]*"?([^\s"]{8,512})`)
	// A variable whose name says that it is a secret.
	environment = regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?[A-Z0-9_]{0,64}?(?:SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE_KEY|API_KEY|SECRET_KEY|ACCESS_KEY)[ \t]*=[ \t]*["']?([^\s"'#]{8,512})`)
	// What signs tokens and cookies, written out as a string.
	signing = regexp.MustCompile(`(?i)\b(?:jwt|session|cookie|token|signing)_?(?:secret|key)["']?[ \t]*[:=][ \t]*["']([^\s"'<>{}$]{16,256})["']`)
)

var signers = []string{"jwtsecret", "jwt_secret", "jwtkey", "jwt_key", "sessionsecret", "session_secret", "sessionkey", "session_key", "cookiesecret", "cookie_secret", "cookiekey", "cookie_key",
	"tokensecret", "token_secret", "tokenkey", "token_key", "signingsecret", "signing_secret", "signingkey", "signing_key"}

// named lists the values that a pattern finds and that nobody put there as a stand-in.
func named(pattern *regexp.Regexp, kind string, s *searched, words []string) (hits []hit) {
	for _, at := range s.tried(pattern, words) {
		value := string(s.data[at[2]:at[3]])
		if isHole(value) || isPlaceholder(value) || entropy(value) < 2.5 || kind == "signing secret" && !mixed(value) {
			continue
		}
		hits = append(hits, hit{kind: kind, value: value, at: at[2], usual: usual(value)})
	}
	return hits
}

// mixed reports whether a value looks drawn and not said: it has digits among letters,
// and much entropy.
func mixed(value string) bool {
	return entropy(value) > 3.5 && strings.ContainsAny(value, digits) && strings.ContainsAny(strings.ToLower(value), letters)
}
