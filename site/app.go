package site

import (
	"time"

	"pavise"
)

// An App says what answers requests: those to a site, or those to one of its paths.
type App struct {
	To          Backends    `yaml:"to" doc:"where the app listens: a port, host:port, http://…, https://…, each with a path if it is not at the root, or unix:/run/app.sock; or a list of these"`
	Balance     string      `yaml:"balance" doc:"which of several backends is asked: the one with the fewest requests running for its weight, each in turn, or by the client's address" default:"least-connections" enum:"least-connections,round-robin,address"`
	Sticky      bool        `yaml:"sticky" doc:"a browser stays with one backend, by a signed cookie of Pavise's own" default:"false"`
	Health      Health      `yaml:"health" doc:"how each backend is asked whether it is well; its path alone, or a map" default:"one that takes no connection is left out for a while"`
	WebSockets  string      `yaml:"websockets" doc:"whether WebSockets are passed on" default:"on" enum:"on,off"`
	Static      Static      `yaml:"static" doc:"files to serve, its folder alone or a map; what is no file is asked of the backends, if there are any"`
	Redirect    Redirect    `yaml:"redirect" doc:"another address to lead everything to; its URL alone, or a map"`
	Maintenance Maintenance `yaml:"maintenance" doc:"answer 503 in place of the app; true alone, or a map" default:"false"`
}

// Backends are where an app listens; in the file a list, or the only one by itself.
type Backends []Backend

// A Backend is one process of an app; in the file its address alone, or a map.
type Backend struct {
	At     string `yaml:"at" doc:"where it listens" required:"true" alone:"true"`
	Weight int    `yaml:"weight" doc:"how many times the requests of a backend of weight 1 it takes, 1 to 100" default:"1"`

	Line int // where it stands in the file
}

// A Health is how backends are asked whether they are well.
type Health struct {
	Path    string        `yaml:"path" doc:"path that answers 200 to 399 when the app is well" required:"true" alone:"true"`
	Every   time.Duration `yaml:"every" doc:"how often it is asked for" default:"5s"`
	Timeout time.Duration `yaml:"timeout" doc:"how long the answer may take" default:"2s"`
	Fails   int           `yaml:"fails" doc:"after how many failures in a row a backend is left out" default:"3"`
	Passes  int           `yaml:"passes" doc:"after how many answers in a row it is back" default:"2"`
}

// A Static is a folder of files.
type Static struct {
	Folder   string   `yaml:"folder" doc:"the folder; a relative path begins at this file's folder. Dotfiles are never served, but for .well-known, nor what a link leads to outside of it" required:"true" alone:"true"`
	Index    []string `yaml:"index" doc:"files that stand for their folder, the first that is there" default:"index.html"`
	Listing  bool     `yaml:"listing" doc:"list a folder without such a file to everybody, which weakens the site: scans report it" default:"false"`
	Fallback string   `yaml:"fallback" doc:"file that answers in place of pages that are not there, for an app of a single page" default:"none: 404"`

	Line int // where it begins in the file
}

// A Redirect leads everything elsewhere.
type Redirect struct {
	To        string `yaml:"to" doc:"address to lead to, such as https://new.example.com/shop" required:"true" alone:"true"`
	KeepPath  bool   `yaml:"keep-path" doc:"add path and query of the request to it" default:"false"`
	Permanent bool   `yaml:"permanent" doc:"let browsers and search engines remember it" default:"false"`
}

// A Maintenance is a time in which the app is not to be seen.
type Maintenance struct {
	On         bool            `yaml:"on" doc:"whether it is on" default:"false" alone:"true"`
	Page       string          `yaml:"page" doc:"HTML file to show; a relative path begins at this file's folder" default:"a page of Pavise's"`
	RetryAfter time.Duration   `yaml:"retry-after" doc:"when clients are told to come again" default:"10m"`
	Except     pavise.Networks `yaml:"except" doc:"addresses and networks of those who see the app all the same"`

	Line int // where it begins in the file
}

// A Path is a part of a site that another app answers for.
type Path struct {
	Path  string `yaml:"path" doc:"begin of the path, by whole segments, such as /api; the longest that fits is taken" required:"true"`
	Strip bool   `yaml:"strip" doc:"the backend does not see that begin" default:"false"`
	App

	Line int // where it begins in the file
}

// Answers reports whether it says itself what answers; a path that does not leaves
// that to the site.
func (a *App) Answers() bool {
	return len(a.To) > 0 || a.Static.Folder != "" || a.Redirect.To != ""
}

// Strings are the addresses as they are written.
func (b Backends) Strings() []string {
	list := make([]string, len(b))
	for i := range b {
		list[i] = b[i].At
	}
	return list
}

// beside takes relative paths from the folder.
func (a *App) beside(folder string) {
	takeFrom(folder, &a.Static.Folder, &a.Maintenance.Page)
}
