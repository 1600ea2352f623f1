package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
)

// Route is a route as tests of all of them see it.
type Route struct {
	Method, Path string
	Need         access.Need
}

// Routes are all routes that need somebody.
func Routes() []Route {
	var all []Route
	for _, one := range routes {
		all = append(all, Route{one.method, one.path, one.need})
	}

	return all
}

// NewWithoutGate builds the function with routes that want of a caller to see accounts and no more, so that only the use cases refuse anything else.
func NewWithoutGate(ctx context.Context, f boot.Function) (http.Handler, error) {
	all := slices.Clone(routes)
	for i := range all {
		if all[i].need != open {
			all[i].need = access.Read
		}
	}

	return build(ctx, f, all, nil)
}
