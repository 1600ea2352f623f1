package world

import (
	"net/http"
	"path"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// strict answers what no route is for. http.ServeMux would redirect a path with "//" or "..", or one that lacks its last
// slash: a provider does not follow that, and the Location would repeat a webhook's token.
func (w *World) strict(mux *http.ServeMux) http.Handler {
	none := httpx.Serve(httpx.Options{Logger: w.options.Logger, Route: "none", Clock: w.Clock}, func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.NotFound, "world.strict", "no such path")
	})
	for _, pattern := range []string{"/", strings.TrimSuffix(orderPath, "/"), "/webhook", "/brandapi", "/sim"} {
		mux.Handle(pattern, none)
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if p := r.URL.Path; !strings.HasPrefix(p, "/") || p != clean(p) {
			none(rw, r)
			return
		}
		mux.ServeHTTP(rw, r)
	})
}

// clean is the path as http.ServeMux would have it: without ".", ".." and "//", with its last slash.
func clean(p string) string {
	c := path.Clean(p)
	if strings.HasSuffix(p, "/") && c != "/" {
		c += "/"
	}
	return c
}
