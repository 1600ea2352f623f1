package httpx

import (
	"net/http"
	"slices"
	"strings"
)

// corsMaxAge is how long, in seconds, a browser may keep a preflight's answer.
const corsMaxAge = "600"

// CORS lets pages of exactly these origins ("https://portal.example.com", no path, no slash) call a route with these
// methods. It answers preflights with 204 and never runs the route for them. Other origins get no permission, and their
// plain requests run as any client's would: CORS is the browser's lock, not ours. There is no wildcard ("*" and "null"
// match nothing) and no permission to send cookies. Pages may read the headers Retry-After and ETag, and the
// name of a file in Content-Disposition. Blanks around an origin do not count.
func CORS(allowedOrigins []string, methods ...string) func(http.HandlerFunc) http.HandlerFunc {
	var origins []string
	for _, o := range allowedOrigins {
		if o = strings.TrimSpace(o); o != "" && o != "*" && o != "null" {
			origins = append(origins, o)
		}
	}

	allowMethods := strings.Join(methods, ", ")

	return func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Add("Vary", "Origin")

			origin := r.Header.Get("Origin")
			allowed := slices.Contains(origins, origin)

			if allowed {
				h.Set("Access-Control-Allow-Origin", origin)
			}

			if r.Method != http.MethodOptions || origin == "" || r.Header.Get("Access-Control-Request-Method") == "" {
				h.Set("Access-Control-Expose-Headers", "Content-Disposition, Etag, Retry-After")
				next(w, r)
				return
			}

			h.Add("Vary", "Access-Control-Request-Method")
			h.Add("Vary", "Access-Control-Request-Headers")

			if allowed {
				h.Set("Access-Control-Allow-Methods", allowMethods)
				h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match")
				h.Set("Access-Control-Max-Age", corsMaxAge)
			}

			NoContent(w)
		}
	}
}
