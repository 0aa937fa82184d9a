package proxy

import "net/http"

// within is an app of this program. As the servers of the standard library do, it
// removes the files that a form has left.
func within(app http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if r.MultipartForm != nil {
				r.MultipartForm.RemoveAll()
			}
		}()
		app.ServeHTTP(w, r)
	})
}
