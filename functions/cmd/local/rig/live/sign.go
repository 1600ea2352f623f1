package live

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// SignMeta returns the header with which Meta signs a callback of Marigold Home's.
func (w *World) SignMeta(body []byte) map[string]string {
	return firsts(rig.Sign(meta.Name, w.Secret("meta-marigold-app-secret"), body))
}

// SignKaleyra returns the header with which Kaleyra proves a callback of Jasmine Wear's.
func (w *World) SignKaleyra(body []byte) map[string]string {
	return firsts(rig.Sign(kaleyra.Name, w.Secret("kaleyra-jasmine-callback-secret"), body))
}

// firsts returns a header whose names have one value each.
func firsts(h http.Header) map[string]string {
	all := make(map[string]string, len(h))
	for name := range h {
		all[name] = h[name][0]
	}

	return all
}
