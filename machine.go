package pavise

import "time"

// A Machine is what was read of a host: how it is set up, what listens and what is
// installed. Nothing was changed.
type Machine struct {
	Root    string   `json:"root"` // "/", or the folder that was looked at in its place
	Name    string   `json:"name,omitempty"`
	System  Software `json:"system"`  // of /etc/os-release: "debian" 12
	Account string   `json:"account"` // who looked: "root" sees more
	Sockets []Socket `json:"sockets,omitempty"`
	Configs []Config `json:"configs,omitempty"`
	Units   []Unit   `json:"units,omitempty"`
	// OpenSSL is what openssl.cnf sets for every program that uses the library: the lists
	// of ciphers, which hold the security level. nil is that there is no such file.
	OpenSSL *Config `json:"openssl,omitempty"`
	// Software are programs whose release matters: Node, PHP, nginx, OpenSSL.
	Software []Software `json:"software,omitempty"`
	Indexes  []Index    `json:"indexes,omitempty"`
	Updates  []Update   `json:"updates,omitempty"` // that wait
	// Restart are the packages for whose sake the machine must be started anew, "" where
	// they are not named.
	Restart []string `json:"restart,omitempty"`
	// Automatic is the file that has security updates installed by themselves; "" is none.
	Automatic string `json:"automatic,omitempty"`
	// Certificates are those that the configuration names, and those of ACME clients.
	Certificates []DiskCertificate `json:"certificates,omitempty"`
	Files        []DiskFile        `json:"files,omitempty"`
	Unread       Unreads           `json:"unread,omitempty"`
}

// Software is a release of a product.
type Software struct {
	Name    string `json:"name"` // as the ends of life name it: "nodejs", "debian"
	Version string `json:"version"`
	From    string `json:"from"` // the file or package that says so
	// Package is set where a distribution looks after it.
	Package string `json:"package,omitempty"`
}

// A Socket is one that listens.
type Socket struct {
	Proto   string `json:"proto"` // "tcp", "udp"
	Address string `json:"address"`
	Port    int    `json:"port"`
	Process string `json:"process,omitempty"` // "" is not known
	PID     int    `json:"pid,omitempty"`
	Command string `json:"command,omitempty"` // without what follows a password's flag
	User    string `json:"user,omitempty"`
	Unit    string `json:"unit,omitempty"` // of systemd
	// Open is whether others can reach it: it is bound to more than loopback.
	Open bool `json:"open,omitempty"`
}

// A Config is the configuration of one service, with all that it includes.
type Config struct {
	Service    string      `json:"service"` // "nginx", "apache", "postfix", "sshd"
	Version    string      `json:"version,omitempty"`
	File       string      `json:"file"` // where reading began
	Files      []string    `json:"files"`
	Directives []Directive `json:"directives"`
	Unread     Unreads     `json:"unread,omitempty"`
}

// A Directive is one setting, or one block. Of Postfix the name is that of a parameter,
// or of a service of master.cf with "master:" before it.
type Directive struct {
	File  string      `json:"file"`
	Line  int         `json:"line"`
	Name  string      `json:"name"`
	Args  []string    `json:"args,omitempty"`
	Block []Directive `json:"block,omitempty"`
	// Usual is set where no file says it and the service has it of itself.
	Usual bool `json:"usual,omitempty"`
}

// Where is its line; what no file says is in the file that would.
func (d Directive) Where() string { return Line(d.File, d.Line) }

// A Unit is a service of systemd, with its drop-ins.
type Unit struct {
	Name  string   `json:"name"`
	File  string   `json:"file"`
	Files []string `json:"files,omitempty"` // drop-ins
	// Settings are those of [Service]; the last that counts is last.
	Settings []Directive `json:"settings"`
	Enabled  bool        `json:"enabled"`
	// App is set where it runs an app, and not what the distribution brought.
	App bool `json:"app,omitempty"`
}

// An Index is what a package manager knows of what there is.
type Index struct {
	Manager string    `json:"manager"` // "apt", "dnf", "apk"
	File    string    `json:"file"`
	Dated   time.Time `json:"dated"`
	Until   time.Time `json:"until,omitzero"` // it must not be used longer
	// Security is set where security updates come from it.
	Security bool `json:"security,omitempty"`
}

// An Update is a newer version of what is installed.
type Update struct {
	Package   string `json:"package"`
	Installed string `json:"installed"`
	Available string `json:"available"`
	Security  bool   `json:"security"`
	Origin    string `json:"origin,omitempty"`
}

// A DiskCertificate is one that lies in a file.
type DiskCertificate struct {
	File    string    `json:"file"`
	Line    int       `json:"line,omitempty"`
	By      string    `json:"by,omitempty"` // the line that names it: "/etc/nginx/nginx.conf:12"
	Subject string    `json:"subject"`
	Issuer  string    `json:"issuer,omitempty"` // its organisation, else its common name
	Names   []string  `json:"names,omitempty"`
	Begins  time.Time `json:"begins"`
	Ends    time.Time `json:"ends"`
	Key     string    `json:"key,omitempty"` // file of the private key
	// Foreign is set where that key is not the certificate's.
	Foreign bool `json:"foreign,omitempty"`
}

// A DiskFile is one that only few may read.
type DiskFile struct {
	File  string `json:"file"`
	Kind  string `json:"kind"` // "private key", "environment", "backup", …; "writable" for what all may write
	Mode  uint32 `json:"mode"` // permission bits
	Owner string `json:"owner"`
	Group string `json:"group"`
	// Sheltered is set where a folder above it keeps others out.
	Sheltered bool `json:"sheltered,omitempty"`
	// Served is the folder of a web server in which it lies, "" if none.
	Served string `json:"served,omitempty"`
}
