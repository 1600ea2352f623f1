package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

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

// NewWithoutGate builds the function with routes that let in whoever may see any account, to all accounts and to what is the platform's, so that only
// the use cases refuse anything.
func NewWithoutGate(ctx context.Context, f boot.Function) (http.Handler, error) {
	all := slices.Clone(routes)
	for i, one := range all {
		all[i].need = access.Read
		all[i].path = strings.ReplaceAll(one.path, "{accountId}", "{ungated}") // the gate goes by the name
		all[i].do = func(h *handler, c *call) error {
			if strings.Contains(one.path, "{accountId}") {
				c.r.SetPathValue("accountId", c.r.PathValue("ungated"))
			}

			return one.do(h, c)
		}
	}

	return build(ctx, f, all, Local{})
}
