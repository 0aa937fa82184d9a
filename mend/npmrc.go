package mend

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// NPMRC are the settings of npm that say which registry has what.
type NPMRC map[string]string

const npmRegistry = "https://registry.npmjs.org/"

// LoadNPMRC reads the settings that npm would have in a folder: of its user, of the
// project, and of the environment, the last of which wins.
func LoadNPMRC(dir string, environ []string) NPMRC {
	env := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	user := env["NPM_CONFIG_USERCONFIG"]
	if user == "" {
		user = filepath.Join(env["HOME"], ".npmrc")
	}
	settings := NPMRC{}
	for _, file := range []string{user, filepath.Join(dir, ".npmrc")} {
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
			continue
		}
		if data, err := os.ReadFile(file); err == nil {
			settings.read(data, env)
		}
	}
	for _, name := range []string{"npm_config_registry", "NPM_CONFIG_REGISTRY"} {
		if v := env[name]; v != "" {
			settings["registry"] = v
		}
	}
	return settings
}

var variable = regexp.MustCompile(`\$\{([^}]+)\}`)

func (s NPMRC) read(data []byte, env map[string]string) {
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" || strings.ContainsRune("#;", rune(name[0])) {
			continue
		}
		s[name] = variable.ReplaceAllStringFunc(strings.Trim(strings.TrimSpace(value), `"'`), func(v string) string {
			if known, ok := env[v[2:len(v)-1]]; ok {
				return known
			}
			return v
		})
	}
}

// Registry is the address of the registry that has a package.
func (s NPMRC) Registry(name string) string {
	if scope, _, ok := strings.Cut(name, "/"); ok && s[scope+":registry"] != "" {
		return s[scope+":registry"]
	}
	if s["registry"] != "" {
		return s["registry"]
	}
	return npmRegistry
}

// Authorization is what is sent to an address: the credentials of the longest prefix of
// it that has some.
func (s NPMRC) Authorization(address string) string {
	_, at, _ := strings.Cut(address, ":")
	for at != "//" && at != "" {
		at = at[:strings.LastIndexByte(strings.TrimSuffix(at, "/"), '/')+1]
		if token := s[at+":_authToken"]; token != "" {
			return "Bearer " + token
		}
		if basic := s[at+":_auth"]; basic != "" {
			return "Basic " + basic
		}
		if user, secret := s[at+":username"], s[at+":_password"]; user != "" && secret != "" {
			if plain, err := base64.StdEncoding.DecodeString(secret); err == nil {
				return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+string(plain)))
			}
		}
	}
	return ""
}

// harmless are the settings of a project that its copy keeps. Others name programs that
// npm would run, such as script-shell and git.
var harmless = regexp.MustCompile(`^(@[^:]+:registry|registry|//.*|legacy-peer-deps|strict-peer-deps(endencies)?|strict-ssl|ca|cafile|proxy|https-proxy|noproxy|save-exact|save-prefix|auto-install-peers|node-linker|hoist.*|public-hoist-pattern.*|shamefully-hoist|link-workspace-packages|shared-workspace-lockfile|resolution-mode)(\[\])?$`)

// withoutPrograms is an .npmrc without what would run something.
func withoutPrograms(npmrc []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(npmrc) {
		name, _, _ := bytes.Cut(line, []byte("="))
		if harmless.Match(bytes.TrimSpace(name)) {
			b.Write(line)
		}
	}
	return b.Bytes()
}
