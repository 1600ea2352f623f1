package live

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
)

// metaSignature is the header with which Meta signs its callbacks.
const metaSignature = "X-Hub-Signature-256"

// SignMeta returns the header with which Meta signs a callback of Marigold Home's.
func (w *World) SignMeta(body []byte) map[string]string {
	mac := hmac.New(sha256.New, []byte(w.Secret("meta-marigold-app-secret")))
	mac.Write(body)
	return map[string]string{metaSignature: "sha256=" + hex.EncodeToString(mac.Sum(nil))}
}

// SignKaleyra returns the header with which Kaleyra proves a callback of Jasmine Wear's.
func (w *World) SignKaleyra(_ []byte) map[string]string {
	return map[string]string{kaleyra.CallbackHeader: w.Secret("kaleyra-jasmine-callback-secret")}
}
