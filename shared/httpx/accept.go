package httpx

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// Prefers reports whether the request's Accept wants a media type more than another, as RFC 9110 section 12.5.1 weighs them. Without the
// header, and where it wants both alike by a range such as */*, it does not.
func Prefers(r *http.Request, one, other string) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	a, exact := weight(accept, one)
	b, _ := weight(accept, other)

	return a > b || a > 0 && a == b && exact && !strings.Contains(strings.ToLower(accept), other)
}

// weight returns what an Accept gives to a media type, 0 for one that is refused, and whether it names the type itself. The most exact range
// counts.
func weight(accept, want string) (q float64, exact bool) {
	best := -1
	kind, _, _ := strings.Cut(want, "/")

	for entry := range strings.SplitSeq(accept, ",") {
		name, params, err := mime.ParseMediaType(entry)
		if err != nil {
			continue
		}

		rank := map[string]int{"*/*": 0, kind + "/*": 1, want: 2}

		found, fits := rank[name]
		if !fits || found <= best {
			continue
		}

		best, q = found, 1

		if text, given := params["q"]; given {
			if q, err = strconv.ParseFloat(text, 64); err != nil {
				q = 0
			}
		}
	}

	return q, best == 2
}
