package headers

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"pavise"
)

// cspKeywords are the keyword sources, without their quotes (CSP Level 3 2.3.1).
var cspKeywords = []string{"inline-speculation-rules", "none", "report-sample", "self", "strict-dynamic", "trusted-types-eval",
	"unsafe-allow-redirects", "unsafe-eval", "unsafe-hashes", "unsafe-inline", "wasm-unsafe-eval"}

// maxMistakes bounds what is said of one policy.
const maxMistakes = 20

// cspMistakes says what a browser would drop from a policy, or take for something
// else than was meant.
func cspMistakes(text string) []string {
	var list []string
	first := map[string]bool{}
	for part := range strings.SplitSeq(text, ";") {
		words := strings.FieldsFunc(part, cspSpace)
		if len(words) == 0 {
			continue
		}
		if len(list) >= maxMistakes {
			return append(list, "and more")
		}
		name := strings.ToLower(words[0])
		kind, known := cspKinds[name]
		switch {
		case !ascii(part):
			list = append(list, fmt.Sprintf("%s is dropped: it has a character that is not ASCII", pavise.Clip(words[0], 40)))
		case !known:
			list = append(list, unknownDirective(name))
		case first[name]:
			list = append(list, "the second "+name+" is dropped: browsers obey the first")
		default:
			for _, m := range kind.mistakes(words[1:]) {
				list = append(list, name+": "+m)
			}
		}
		first[name] = true
	}
	return list
}

func unknownDirective(name string) string {
	switch near := pavise.Nearest(strings.TrimRight(name, ":="), cspNames()); {
	case near != "":
		return fmt.Sprintf("there is no directive %q: %s is meant", pavise.Clip(name, 40), near)
	case keyword(name) != "":
		return fmt.Sprintf("%s stands where a directive should: a semicolon too many", name)
	}
	return fmt.Sprintf("there is no directive %q", pavise.Clip(name, 40))
}

func (k cspKind) mistakes(values []string) []string {
	var list []string
	switch k.takes {
	case otherwise:
		return nil
	case nothing:
		if len(values) > 0 {
			return []string{fmt.Sprintf("it takes no value, so %s is dropped", pavise.Clip(values[0], 40))}
		}
		return nil
	}
	for _, v := range values {
		if m := sourceMistake(v); m != "" && len(list) < maxMistakes {
			list = append(list, m)
		} else if k.takes == ancestry && v[0] == '\'' && keyword(v) != "'self'" && keyword(v) != "'none'" {
			list = append(list, v+" means nothing here")
		}
	}
	if (directive{values: values}).has("'none'") && len(values) > 1 {
		list = append(list, "'none' is dropped beside another source")
	}
	return list
}

// sourceMistake says what is wrong with one source; "" if nothing is.
func sourceMistake(v string) string {
	shown, quoted := pavise.Clip(v, 40), v[0] == '\''
	switch key := keyword(v); {
	case knownDirective(v):
		return "a semicolon is missing before " + shown
	case key != "" && quoted && key == strings.ToLower(v), quoted && secret(v):
		return ""
	case key != "", !quoted && secret("'"+v+"'"):
		return fmt.Sprintf("%s needs single quotes: '%s'", shown, strings.Trim(shown, `"'`))
	case quoted:
		inner := strings.ToLower(strings.Trim(v, "'"))
		valued := strings.HasPrefix(inner, "nonce-") || strings.HasPrefix(inner, "sha")
		if near := pavise.Nearest(inner, cspKeywords); near != "" && !valued {
			return fmt.Sprintf("there is no keyword %s: '%s' is meant", shown, near)
		}
		return shown + " is no keyword, nonce or hash"
	case !hostSource(v):
		return shown + " is no source: want such as https://cdn.example.com"
	}
	return ""
}

func knownDirective(v string) bool {
	_, known := cspKinds[strings.ToLower(v)]
	return known
}

// keyword returns the keyword that a value is, whatever its quotes, or "".
func keyword(v string) string {
	bare := strings.ToLower(strings.Trim(v, `"'`))
	if slices.Contains(cspKeywords, bare) {
		return "'" + bare + "'"
	}
	return ""
}

// secret reports whether a value in quotes is a nonce or a hash.
func secret(v string) bool {
	inner, ok := strings.CutSuffix(strings.TrimPrefix(v, "'"), "'")
	kind, value, has := strings.Cut(inner, "-")
	if !ok || !has {
		return false
	}
	value = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(value, "="))
	sum, err := base64.RawStdEncoding.DecodeString(value)
	switch strings.ToLower(kind) {
	case "nonce":
		return value != "" && strings.Trim(value, base64Bytes) == ""
	case "sha256":
		return err == nil && len(sum) == 32
	case "sha384":
		return err == nil && len(sum) == 48
	case "sha512":
		return err == nil && len(sum) == 64
	}
	return false
}

const (
	alphaNumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	base64Bytes  = alphaNumeric + "+/"
)

// hostSource reports whether a value is a scheme, or a host with or without
// scheme, port and path. An address in brackets is let pass: another rule is
// about it.
func hostSource(v string) bool {
	if scheme, ok := strings.CutSuffix(v, ":"); ok {
		return schemeName(scheme)
	}
	scheme, rest, ok := strings.Cut(v, "://")
	if !ok {
		rest = v
	} else if !schemeName(scheme) {
		return false
	}
	host, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		port := host[i+1:]
		if port == "" || port != "*" && strings.Trim(port, "0123456789") != "" {
			return false
		}
		host = host[:i]
	}
	return hostPattern(host) && !strings.ContainsAny(path, "?#\"'<>")
}

func schemeName(s string) bool {
	return s != "" && letter(s[0]) && strings.Trim(s, alphaNumeric+"+-.") == ""
}

func hostPattern(host string) bool {
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		return true
	}
	host = strings.TrimPrefix(host, "*.")
	return host == "*" || host != "" && strings.Trim(host, alphaNumeric+"-._") == ""
}
