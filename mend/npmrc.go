package mend

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// NPMRC are the settings of npm that say which registry has what.
type NPMRC map[string]string

const npmRegistry = "https://registry.npmjs.org/"

// LoadNPMRC reads the settings that npm would have in a folder: of its user, of the
// project, and of the environment, the last of which wins. The project is not the user:
// see [NPMRC.withoutPrograms].
func LoadNPMRC(dir string, environ []string) NPMRC {
	settings, env := userNPMRC(environ), variables(environ)
	settings.read(settings.withoutPrograms(readSettings(filepath.Join(dir, ".npmrc"))), env)
	for _, name := range registryNames {
		if v := env[name]; v != "" {
			settings["registry"] = v
		}
	}
	return settings
}

var registryNames = []string{"npm_config_registry", "NPM_CONFIG_REGISTRY"}

// userNPMRC are the settings of the user and of the environment.
func userNPMRC(environ []string) NPMRC {
	env, settings := variables(environ), NPMRC{}
	file := env["NPM_CONFIG_USERCONFIG"]
	if file == "" {
		file = env["npm_config_userconfig"]
	}
	if file == "" {
		file = filepath.Join(env["HOME"], ".npmrc")
	}
	settings.read(readSettings(file), env)
	for _, name := range registryNames {
		if v := env[name]; v != "" {
			settings["registry"] = v
		}
	}
	return settings
}

func variables(environ []string) map[string]string {
	env := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return env
}

// readSettings returns a regular file that is not too long, nil for any other.
func readSettings(file string) []byte {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Size() > maxSettings {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return data
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
// npm would run, such as script-shell and git, or by whom and how carefully the credentials
// of the user are sent: proxy, strict-ssl, cafile.
var harmless = regexp.MustCompile(`^(@[^:]+:registry|registry|//.*|legacy-peer-deps|strict-peer-deps(endencies)?|save-exact|save-prefix|auto-install-peers|node-linker|hoist.*|public-hoist-pattern.*|shamefully-hoist|link-workspace-packages|shared-workspace-lockfile|resolution-mode)(\[\])?$`)

// credential is a setting by which a registry is told who asks.
var credential = regexp.MustCompile(`^(//[^/]+)/.*:(_authToken|_auth|username|_password)$`)

// withoutPrograms is the .npmrc of a project without what would run something, and without
// what would send the environment of the user to strangers: a variable counts only as
// credential of a registry that the user names, too, or of those that everybody has.
func (s NPMRC) withoutPrograms(npmrc []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(npmrc) {
		name, value, _ := bytes.Cut(line, []byte("="))
		name = bytes.TrimSpace(name)
		if !harmless.Match(name) || bytes.HasPrefix(name, []byte("//")) && !credential.Match(name) {
			continue
		}
		if bytes.Contains(value, []byte("${")) {
			if m := credential.FindSubmatch(name); m == nil || !s.names(string(m[1])) {
				continue
			}
		}
		if !bytes.Contains(name, []byte("${")) {
			b.Write(line)
		}
	}
	return b.Bytes()
}

// wellKnown are registries that are nobody's project.
var wellKnown = []string{"//registry.npmjs.org", "//registry.yarnpkg.com", "//npm.pkg.github.com"}

// names reports whether these settings name a host, as in "//registry.npmjs.org".
func (s NPMRC) names(host string) bool {
	for name, value := range s {
		_, at, _ := strings.Cut(value, ":")
		if strings.HasPrefix(name, host+"/") || strings.HasSuffix(name, "registry") && strings.HasPrefix(at+"/", host+"/") {
			return true
		}
	}
	return slices.Contains(wellKnown, host)
}
