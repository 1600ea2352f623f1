package meta

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// object is a JSON object under construction.
type object map[string]any

// marshal writes an object as Meta does: characters beyond ASCII and slashes are escaped, so that a check of the
// signature over anything but the raw bytes fails (shared/provider/meta/CONTRACT.md section 6.2). Objects of our own
// making always encode.
func (o object) marshal() []byte {
	raw, err := json.Marshal(o)
	if err != nil {
		return []byte("{}")
	}

	var b strings.Builder
	b.Grow(len(raw))

	for _, r := range string(raw) {
		switch {
		case r == '/':
			b.WriteString(`\/`)
		case r < 0x80:
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}

	return []byte(b.String())
}

// older are the parts of a value that the retired API had; it knew no references of ours and no prices.
var older = []string{"contacts", "messages", "statuses", "errors"}

// envelope is the whole body around changes of the app's business account (shared/provider/cloudapi/CONTRACT.md section 3.1), or the
// bare value of the first.
func (a *app) envelope(at time.Time, changes []object) []byte {
	if value, ok := changes[0]["value"].(object); ok && a.Behaviour.Older && changes[0]["field"] == "messages" {
		bare := object{}
		for _, name := range older {
			if part, ok := value[name]; ok {
				bare[name] = part
			}
		}

		return bare.marshal()
	}

	return object{
		"object": "whatsapp_business_account",
		"entry":  []object{{"id": a.WABAID, "time": at.Unix(), "changes": changes}},
	}.marshal()
}

// header returns the header with the signature of a body, empty where none is signed.
func (a *app) header(body []byte) http.Header {
	if a.AppSecret == "" || a.Behaviour.Older {
		return http.Header{}
	}

	return http.Header{"X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(hash(a.AppSecret, body))}}
}

// hash is the HMAC by which Meta signs callbacks, and by which callers prove that they know an app secret.
func hash(secret string, content []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(content) // a hash takes everything

	return mac.Sum(nil)
}

// value is the news of one number.
func (a *app) value(parts object) object {
	parts["messaging_product"] = "whatsapp"
	parts["metadata"] = object{"display_phone_number": a.Phone, "phone_number_id": a.ID}
	return parts
}

// statusValue is the news that the message reached a state (shared/provider/cloudapi/CONTRACT.md section 4.2).
func (m *message) statusValue(state string, at time.Time) object {
	b := &m.app.Behaviour
	status := object{
		"id": m.ID, "status": state, "timestamp": strconv.FormatInt(at.Unix(), 10),
		"recipient_user_id": tenant.UserID(m.To),
	}

	contact := object{"profile": object{"name": "Shopper"}, "user_id": tenant.UserID(m.To)}
	if !b.HidePhone {
		called := cmp.Or(b.Spelled, m.To)
		status["recipient_id"], contact["wa_id"] = called, called
	}

	if b.Older {
		delete(status, "recipient_user_id")
	} else if m.ref != "" && !b.OmitRef {
		status["biz_opaque_callback_data"] = m.ref
	}

	switch state {
	case "failed":
		status["errors"] = []object{{
			"code": m.fail, "title": titleOf(m.fail, "Message failed"), "message": titleOf(m.fail, "Message failed"),
			"error_data": object{"details": titleOf(m.fail, "Message failed")},
			"href":       "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes",
		}}

		return m.app.value(object{"statuses": []object{status}})
	case "sent", "delivered":
		m.price(status, state, at)
	case "read":
		if b.SkipDelivered {
			m.price(status, state, at)
		}
	}

	return m.app.value(object{"contacts": []object{contact}, "statuses": []object{status}})
}

// price says what the message costs: on sent, and on one of delivered and read.
func (m *message) price(status object, state string, at time.Time) {
	b := &m.app.Behaviour
	if b.OmitPrice || b.Older {
		return
	}

	status["pricing"] = object{"billable": true, "pricing_model": "PMP", "type": "regular", "category": m.category()}
	if b.Conversation && state == "sent" {
		status["conversation"] = object{
			"id": hex.EncodeToString([]byte(m.ID)[6:22]), "expiration_timestamp": strconv.FormatInt(at.Add(tenant.Window).Unix(), 10),
			"origin": object{"type": m.category()},
		}
	}
}
