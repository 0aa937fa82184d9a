package dashboard

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
)

// An asset is a file that every page loads. Its name has its digest, so that it may be
// kept for as long as a browser likes.
type asset struct {
	kind string
	body []byte
}

var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// loadAssets returns them by the names under which they are asked for.
func loadAssets() (map[string]asset, error) {
	entries, err := fs.ReadDir(files, "assets")
	if err != nil {
		return nil, err
	}
	list := map[string]asset{}
	for _, e := range entries {
		body, err := files.ReadFile("assets/" + e.Name())
		if err != nil {
			return nil, err
		}
		list[assetName(e.Name(), body)] = asset{kinds[path.Ext(e.Name())], body}
	}
	return list, nil
}

func assetName(file string, body []byte) string {
	sum := sha256.Sum256(body)
	ext := path.Ext(file)
	return file[:len(file)-len(ext)] + "-" + hex.EncodeToString(sum[:6]) + ext
}

func (d *Dashboard) asset(w http.ResponseWriter, r *http.Request) {
	a, ok := d.assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Write(a.body)
}

// loadPages reads each page into a layout of its own.
func (d *Dashboard) loadPages() (map[string]*template.Template, error) {
	layout, err := template.New("layout").Funcs(d.functions()).ParseFS(files, "pages/layout.html", "pages/parts.html")
	if err != nil {
		return nil, err
	}
	list := map[string]*template.Template{}
	for name := range titles {
		own, err := layout.Clone()
		if err == nil {
			_, err = own.ParseFS(files, "pages/"+name+".html")
		}
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		list[name] = own
	}
	return list, nil
}
