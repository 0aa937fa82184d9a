package mend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxSettings bounds a file of settings of a package manager.
const maxSettings = 1 << 20

// Settings of a project that its copy keeps. All others may name a program, a folder to
// write to, or by whom the credentials of the user are to be read on their way.
var (
	harmlessYarn  = regexp.MustCompile(`^"?(@[^:" ]+:registry|registry|save-prefix|save-exact|network-timeout)"? `)
	harmlessBerry = []string{"npmRegistryServer", "npmScopes", "nodeLinker", "compressionLevel", "defaultSemverRangePrefix", "defaultProtocol",
		"packageExtensions", "supportedArchitectures", "nmHoistingLimits", "nmMode", "pnpMode", "npmMinimalAgeGate", "npmPreapprovedPackages", "catalog", "catalogs", "enableTransparentWorkspaces"}
	harmlessPnpm = []string{"packages", "catalog", "catalogs", "catalogMode", "overrides", "packageExtensions", "peerDependencyRules", "patchedDependencies",
		"allowBuilds", "onlyBuiltDependencies", "ignoredBuiltDependencies", "neverBuiltDependencies", "ignoredOptionalDependencies", "allowedDeprecatedVersions",
		"nodeLinker", "hoist", "hoistPattern", "publicHoistPattern", "shamefullyHoist", "linkWorkspacePackages", "preferWorkspacePackages", "saveWorkspaceProtocol",
		"sharedWorkspaceLockfile", "injectWorkspacePackages", "resolutionMode", "autoInstallPeers", "strictPeerDependencies", "dedupePeerDependents", "dedupeDirectDeps",
		"savePrefix", "saveExact", "minimumReleaseAge", "minimumReleaseAgeExclude", "trustPolicy", "trustPolicyExclude", "blockExoticSubdeps",
		"supportedArchitectures", "excludeLinksFromLockfile", "preferFrozenLockfile", "engineStrict", "auditConfig", "updateConfig"}
)

// fences are the files by which a project tells package managers how to work.
var fences = map[string]func(s *scratch, name string, data []byte) (kept []byte){
	".npmrc":              func(s *scratch, _ string, data []byte) []byte { return s.settings.withoutPrograms(data) },
	".yarnrc":             func(_ *scratch, _ string, data []byte) []byte { return linesOf(data, harmlessYarn) },
	".yarnrc.yml":         (*scratch).berry,
	"pnpm-workspace.yaml": (*scratch).pnpmWorkspace,
	".pnpmfile.cjs":       (*scratch).pnpmFile,
	".pnpmfile.mjs":       (*scratch).pnpmFile,
	"pnpmfile.js":         (*scratch).pnpmFile,
	".corepack.env":       func(*scratch, string, []byte) []byte { return nil }, // from where it takes package managers
}

// fenced reports whether a file is one of those.
func fenced(name string) bool { return fences[strings.ToLower(filepath.Base(name))] != nil }

// fence writes of such a file what runs nothing.
func (s *scratch) fence(name, to string, data []byte) error {
	kept := fences[strings.ToLower(filepath.Base(name))](s, filepath.ToSlash(name), data)
	if len(kept) == 0 {
		return nil
	}
	return os.WriteFile(to, kept, 0o600)
}

func (s *scratch) berry(name string, data []byte) []byte {
	kept, others, err := topLevel(data, harmlessBerry)
	if err != nil || slices.Contains(others, "plugins") {
		s.note(name, "names plugins, which are code that pavise does not run", "yarn")
	}
	return kept
}

func (s *scratch) pnpmWorkspace(name string, data []byte) []byte {
	_, others, err := topLevel(data, harmlessPnpm)
	switch {
	case err != nil:
		s.note(name, "cannot be read, and may name code", "pnpm")
	case len(others) > 0:
		s.note(name, fmt.Sprintf("has %q, by which code may run", others), "pnpm")
	}
	return data
}

func (s *scratch) pnpmFile(name string, _ []byte) []byte {
	s.note(name, "is code of the project, which pavise does not run", "pnpm")
	return nil
}

// linesOf are the lines that begin as a setting that runs nothing, and ask for nothing of
// the environment.
func linesOf(data []byte, harmless *regexp.Regexp) []byte {
	b := []byte{}
	for line := range bytes.Lines(data) {
		if harmless.Match(line) && !bytes.Contains(line, []byte("${")) {
			b = append(b, line...)
		}
	}
	return b
}

// topLevel takes all keys but some out of a map in YAML, and values that ask for the
// environment. others are the keys that were taken out.
func topLevel(data []byte, harmless []string) (kept []byte, others []string, err error) {
	var settings map[string]yaml.Node
	if err := yaml.Unmarshal(data, &settings); err != nil {
		return []byte{}, nil, err
	}
	for key, value := range settings {
		text, err := yaml.Marshal(&value)
		if !slices.Contains(harmless, key) || err != nil || bytes.Contains(text, []byte("${")) || bytes.Contains(text, []byte("npmAuth")) {
			others = append(others, key)
			delete(settings, key)
		}
	}
	slices.Sort(others)
	if len(settings) == 0 {
		return []byte{}, others, nil
	}
	kept, err = yaml.Marshal(settings)
	return kept, others, err
}

// A codeFile is a file of the project by which a package manager would run code of the
// project, and what is to be said of it.
type codeFile struct{ name, why, manager string }

func (s *scratch) note(name, why, manager string) {
	s.code = append(s.code, codeFile{name, why, manager})
}

// codeless is an error where the manager cannot do its work without code that is not
// ours: by a file in its folder or above it, or by a package from git, which is built
// where it is fetched, or from exec:, which is a program.
func (u *unit) codeless(steps []Step) error {
	asked := strings.Join(append(names(steps, Renew), names(steps, Raise)...), " ")
	verb := map[string]string{"pnpm": "update", "yarn": "up"}[u.name]
	for _, c := range u.code {
		dir := path.Dir(c.name)
		if c.manager == u.name && (dir == "." || dir == u.dir || strings.HasPrefix(u.dir, dir+"/")) {
			return fmt.Errorf("%s %s: %s %s %s", c.name, c.why, u.name, verb, asked)
		}
	}
	return filepath.WalkDir(u.path(u.dir), func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{"package.json", u.lock, "pnpm-workspace.yaml", ".yarnrc.yml"}, d.Name()) {
			return nil
		}
		rel, err := filepath.Rel(u.scratch.dir, at)
		if err != nil {
			return err
		}
		data, err := u.read(filepath.ToSlash(rel))
		if err == nil && builds(d.Name(), data) {
			err = fmt.Errorf("%s asks for a package from git or exec:, or for code of pnpm, which %s would run: %s %s %s", filepath.ToSlash(rel), u.name, u.name, verb, asked)
		}
		return err
	})
}

// Sources of packages that are programs, or are built where they are fetched. Where one
// may be hidden, by an escape in a lockfile or a patch of something else than a package of
// a registry, it counts as one.
var (
	built       = regexp.MustCompile(`(?i)exec(:|%3a)|%25|^(git[+:@]|ssh:|(github|gitlab|bitbucket|gist):|[\w-]+/[\w.-]+(#.*)?$|https?://(.*\.git(#|$)|.*[#&]commit=|codeload\.github\.com|(www\.)?(github|gitlab|bitbucket)\.))|@(git|ssh|github|gitlab):`)
	builtLocked = regexp.MustCompile(`(?i)exec(:|%3a)|%25|git\+|git:/|git@|ssh://|["@ ](github|gitlab|bitbucket|gist):|type: git|\.git[#"'\s]|[#&]commit=|codeload\.github\.com|gitHosted: true|\\[ux]`)
	ofRegistry  = regexp.MustCompile(`(?i)^patch:[^:#%]+@npm(:|%3a)`)
)

func builtSource(asked string) bool {
	return built.MatchString(asked) || strings.HasPrefix(strings.ToLower(asked), "patch:") && !ofRegistry.MatchString(asked)
}

// asking are the members of package.json that ask for packages, or for others instead.
var asking = append([]string{"resolutions", "overrides"}, sections...)

// builds reports whether a manifest or lockfile asks for such a source.
func builds(name string, data []byte) bool {
	if name != "package.json" {
		return builtLocked.Match(data)
	}
	var m map[string]any
	if json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &m) != nil {
		return true
	}
	pnpm, _ := m["pnpm"].(map[string]any)
	if pnpm["configDependencies"] != nil || pnpm["executionEnv"] != nil || anyText(pnpm["overrides"], builtSource) || anyText(pnpm["packageExtensions"], builtSource) {
		return true
	}
	return slices.ContainsFunc(asking, func(key string) bool { return anyText(m[key], builtSource) })
}

// anyText reports whether a value of JSON has such a text in it.
func anyText(v any, such func(string) bool) bool {
	switch v := v.(type) {
	case string:
		return such(v)
	case []any:
		return slices.ContainsFunc(v, func(v any) bool { return anyText(v, such) })
	case map[string]any:
		for _, value := range v {
			if anyText(value, such) {
				return true
			}
		}
	}
	return false
}

// guarded is the environment for tools: of PATH what does not change with the folder.
// What a file of the project could set is set here, as the environment goes before it:
// programs to run (git), another release of the package manager, from anywhere.
func guarded(environ []string) []string {
	env := slices.Clone(environ)
	for i, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		if strings.EqualFold(name, "PATH") {
			dirs := slices.DeleteFunc(filepath.SplitList(value), func(dir string) bool { return !filepath.IsAbs(dir) })
			env[i] = name + "=" + strings.Join(dirs, string(filepath.ListSeparator))
		}
	}
	return append(env,
		"npm_config_ignore_scripts=true", "npm_config_git=git", "CI=1", "NO_COLOR=1", "NO_UPDATE_NOTIFIER=1",
		"npm_config_manage_package_manager_versions=false", "pnpm_config_manage_package_manager_versions=false", "pnpm_config_pm_on_fail=ignore",
		"COREPACK_ENV_FILE=0", "COREPACK_ENABLE_UNSAFE_CUSTOM_URLS=0", "GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL=https:http:ssh:git:file")
}
