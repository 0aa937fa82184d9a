package pavise

import "time"

// A Project is what stands in a folder: what a program is made of and how it is set up,
// as it was read. Nothing of it was run.
type Project struct {
	Root string `json:"root"` // absolute path of the folder
	// Modules are the programs in it, the one of the folder itself first.
	Modules   []Module   `json:"modules,omitempty"`
	Manifests []Manifest `json:"manifests,omitempty"`
	Packages  []Package  `json:"packages,omitempty"`
	// Imports are the packages that the source names, each once for each file.
	Imports []Import `json:"imports,omitempty"`
	// Traces are ways from the source to what an advisory is about, where a tool that
	// knows them was there.
	Traces  []Trace  `json:"traces,omitempty"`
	Uses    []Use    `json:"uses,omitempty"`
	Texts   []Text   `json:"texts,omitempty"`
	Secrets []Secret `json:"secrets,omitempty"`
	// Runtimes are the releases of languages and images that files ask for: Node in
	// engines or .nvmrc, a FROM line of a Dockerfile.
	Runtimes []Runtime `json:"runtimes,omitempty"`
	Unread   Unreads   `json:"unread,omitempty"`
	Sources  int       `json:"sources"` // how many source files were read

	graph *graph // who needs whom, made when it is first asked for
}

// A Module is one program, or one part of a workspace.
type Module struct {
	Dir       string `json:"dir"` // below the root, "." for itself, with slashes
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	Version   string `json:"version,omitempty"`
	Manifest  string `json:"manifest"` // file below the root: "package.json"
	Needs     []Need `json:"needs,omitempty"`
}

// A Need is that a module or a package asks for a package.
type Need struct {
	Key   string `json:"key"`             // of the package that answers it; "" is none
	Name  string `json:"name"`            // as it was asked for: the alias, where there is one
	Range string `json:"range,omitempty"` // as it was asked for
	Scope Scope  `json:"scope,omitempty"`
	Line  int    `json:"line,omitempty"` // in the manifest
	// Indirect is set where the manifest names it on behalf of something else, and does
	// not say of what.
	Indirect bool `json:"indirect,omitempty"`
}

// A Scope is what a package is needed for.
type Scope string

// The scopes. What production needs has none.
const (
	Dev      Scope = "dev"
	Optional Scope = "optional"
	Peer     Scope = "peer"
)

// A Manifest is a file that says what is needed or what was taken.
type Manifest struct {
	File      string `json:"file"`
	Form      string `json:"form"` // "package-lock v3", "go.mod", …
	Ecosystem string `json:"ecosystem"`
	Lock      bool   `json:"lock,omitempty"` // it names exact versions
	SHA256    string `json:"sha256"`
	// Behind are the needs of the module's manifest that the lockfile does not have.
	Behind []string `json:"behind,omitempty"`
	// Aside is why it does not count: the package manager of the project reads another.
	Aside string `json:"aside,omitempty"`
}

// The ecosystems of packages, as OSV names them.
const (
	NPM       = "npm"
	GoModules = "Go"
	PyPI      = "PyPI"
	RubyGems  = "RubyGems"
	Packagist = "Packagist"
)

// A Package is one version of one package in one place.
type Package struct {
	Key       string     `json:"key"` // of it alone in the project: the file, and its place therein
	Ecosystem string     `json:"ecosystem"`
	Name      string     `json:"name"`
	Version   string     `json:"version,omitempty"` // "" where only a range is known
	Range     string     `json:"range,omitempty"`   // where there is no version
	Alias     string     `json:"alias,omitempty"`   // the name under which it is imported, where it is another
	From      Provenance `json:"from"`
	Resolved  string     `json:"resolved,omitempty"` // address, without credentials
	Integrity bool       `json:"integrity,omitempty"`
	// Sum is the hash that the lockfile has of it, as Subresource Integrity writes one.
	Sum    string `json:"sum,omitempty"`
	File   string `json:"file"`           // the manifest that names it
	Line   int    `json:"line,omitempty"` // therein; 0 is not known
	Scope  Scope  `json:"scope,omitempty"`
	Script bool   `json:"script,omitempty"`     // it runs something when it is installed
	Ended  string `json:"deprecated,omitempty"` // why its author gave it up
	Needs  []Need `json:"needs,omitempty"`
}

// A Provenance is where a package comes from.
type Provenance string

// The provenances.
const (
	FromRegistry  Provenance = "registry"
	FromGit       Provenance = "git"
	FromFile      Provenance = "file" // a folder or archive beside the project
	FromURL       Provenance = "url"
	FromWorkspace Provenance = "workspace"
	FromLanguage  Provenance = "language" // its standard library
)

// An Import is that a source file names a package.
type Import struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Name string `json:"name"` // of the package: "express", "golang.org/x/net/html"
	Test bool   `json:"test,omitempty"`
}

// A Trace is a way from a function of the project to one that an advisory is about.
type Trace struct {
	Advisory string   `json:"advisory"`
	Package  string   `json:"package"`
	Calls    []string `json:"calls,omitempty"` // the first is the project's; none: it is not called
}

// A Text is a small file that is a setting as it stands, such as Apostrophe's data/port.
type Text struct {
	File string `json:"file"`
	Text string `json:"text"`
}

// A Secret is something in a file that must not stand there. Itself it is not kept.
type Secret struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Kind string `json:"kind"` // "AWS access key", …
	Mask string `json:"mask"` // its first characters and its length
	// Tracked is whether the file is under version control: Pass if it is, Fail if not,
	// Unknown where nobody can tell.
	Tracked Outcome `json:"tracked"`
	// Mild is why it may do no harm: "it is in a test", "it is encrypted"; "" is not.
	Mild string `json:"mild,omitempty"`
	// Usual is set for a password that everybody knows, such as "changeme".
	Usual bool `json:"usual,omitempty"`
}

// A Runtime is a release that the project asks to be run on.
type Runtime struct {
	Product string `json:"product"` // as the ends of life name it: "nodejs"
	Version string `json:"version"` // as far as it is known: "18"
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
}

// A Dependency says more of a finding about a package.
type Dependency struct {
	Key       string   `json:"key"`
	Ecosystem string   `json:"ecosystem"`
	Name      string   `json:"name"`
	Version   string   `json:"version"`
	File      string   `json:"file,omitempty"` // the manifest that names it
	Line      int      `json:"line,omitempty"` // therein; 0 is not known
	Advisory  string   `json:"advisory"`       // its id
	Aliases   []string `json:"aliases,omitempty"`
	Title     string   `json:"title,omitempty"`
	Source    string   `json:"source,omitempty"` // address of the advisory
	CVSS      string   `json:"cvss,omitempty"`
	// Paths are ways by which it came, from what the project itself asks for: "express",
	// "qs". The shortest come first, at most [MaxPaths], and Ways is how many there are,
	// up to [MaxWays].
	Paths [][]string `json:"paths"`
	Ways  int        `json:"ways,omitempty"`
	Scope Scope      `json:"scope,omitempty"`
	// Reach is whether the project uses it: "called", "imported", "not imported", or ""
	// where that is not known.
	Reach string   `json:"reach,omitempty"`
	Trace []string `json:"trace,omitempty"`
	Fixed string   `json:"fixed,omitempty"` // the first version without this flaw
	// Same is the newest version known of the same major without any known flaw, and Safe
	// that of any major; "" is none.
	Same string `json:"same_major,omitempty"`
	Safe string `json:"safe,omitempty"`
	// Published is when the flaw was made known, and Released when the fix came out. Due is
	// a month later, by the first where the second is not known, for what is critical or
	// high (PCI DSS 4.0.1 6.3.3).
	Published time.Time `json:"published,omitzero"`
	Released  time.Time `json:"released,omitzero"`
	Due       time.Time `json:"due,omitzero"`
	Gain      string    `json:"gain,omitempty"` // of the attacker, in a sentence
}

// Bounds of the ways that are told and counted.
const (
	MaxPaths = 5
	MaxWays  = 1000
)
