package kaleyra

import "strings"

// profileVersion stands in every callback that is made of the profile, so that a later profile can be told from it.
const profileVersion = "1"

// profileVariables are all variables that Kaleyra documents for the callbacks we want, each under its own name: of
// outgoing messages (with price, which only postpaid accounts have), of incoming ones, of templates and of the number's
// quality. A variable that a callback has no value for comes empty or as itself.
var profileVariables = []string{
	// developers.kaleyra.io/docs/create-callback-profile-for-outgoing-whatsapp-messages
	"id", "ref", "ref1", "ref2", "status", "timestamp", "mobile", "phone_number", "error", "error_code", "price",
	"message", "custom_response",
	// developers.kaleyra.io/docs/create-callback-profile-for-incoming-whatsapp-messages
	"from", "name", "type", "body", "mime_type", "media_url", "created_at", "reply_to", "wanumber", "contacts", "location",
	// developers.kaleyra.io/docs/template-status-update
	"time", "event", "message_template_id", "message_template_name", "message_template_language", "reason", "other_info",
	// developers.kaleyra.io/docs/receive-updates-about-rating-and-limits-using-webhooks
	"display_phone_number", "current_limit",
}

// CallbackProfile is the body that a brand types into a callback profile of Kaleyra's console, method POST. It is JSON
// with one text for each variable; this package reads what Kaleyra makes of it.
func CallbackProfile() []byte {
	var b strings.Builder
	b.WriteString("{\n  \"profile\": \"" + profileVersion + "\"")

	for _, name := range profileVariables {
		b.WriteString(",\n  \"" + name + "\": \"<" + name + ">\"")
	}

	b.WriteString("\n}\n")

	return []byte(b.String())
}
