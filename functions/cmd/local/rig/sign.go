package rig

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// Sign returns the header by which a provider proves a callback's body, with the secret of its app; it is empty for one that proves
// nothing.
func Sign(provider, secret string, body []byte) http.Header {
	switch provider {
	case meta.Name:
		mac := hmac.New(sha256.New, []byte(secret))
		_, _ = mac.Write(body) // a hash takes everything

		return http.Header{"X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}
	case kaleyra.Name:
		return http.Header{kaleyra.CallbackHeader: {secret}}
	default:
		return http.Header{}
	}
}
