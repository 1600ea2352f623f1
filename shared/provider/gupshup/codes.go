package gupshup

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
)

// textRow is one error of an answer to a request, which Gupshup tells by its text only.
type textRow struct {
	// text is a part of the message, in lower case; code is our name for it.
	text, code string
	means      message.Failure
	source     string
}

const (
	errorPage = "docs.gupshup.io/docs/error-and-status-messages: "
	sendPage  = "docs.gupshup.io/reference/template-messages-2: "
	community = "open-source clients: "
)

// codes are Gupshup's own and Meta's, which failed events hand on unchanged. The older API, which apps that were never moved
// still use, numbered its errors 1000 to 1031 as well: where Gupshup uses the same number, Gupshup's meaning counts.
// Meta's permissions, 200 to 299, are left out: an answer of Gupshup's may repeat its HTTP status as code.
var codes = provider.NewCodeTable(gupshupCodes, overrides, cloudapi.Codes, cloudapi.OnPremisesCodes)

// longBackoff is how long an app is left alone that Gupshup tells to stop sending. It is ours: nobody says how
// long (CONTRACT.md section 7.1).
const longBackoff = time.Hour

var gupshupCodes = []provider.CodeRow{
	provider.Code("500", provider.Transient, errorPage+"internal server error"),
	provider.Code("1001", provider.BadCredentials, errorPage+"last mapped bot failed; app name and number do not belong together"),
	provider.Code("1002", provider.NoWhatsApp, errorPage+"number does not exist on WhatsApp"),
	provider.Code("1003", provider.LowBalance, errorPage+"wallet balance low"),
	provider.Code("1004", provider.Blocked, errorPage+"template messaging disabled for the app"),
	provider.Code("1005", provider.BadTemplate, errorPage+"template match failed"),
	provider.Code("1006", provider.Undeliverable, errorPage+"opt-in failure (old apps)"),
	provider.Code("1007", provider.Undeliverable, errorPage+"opt-in failure (old apps)"),
	provider.Code("1008", provider.Undeliverable, errorPage+"opt-in failure (old apps)"),
	provider.Code("1009", provider.BadRequest, errorPage+"required parameter missing"),
	provider.Code("1010", provider.BadRequest, errorPage+"invalid media URL"),
	provider.Code("1011", provider.BadRequest, errorPage+"invalid media size"),
	provider.Code("1012", provider.OptedOut, errorPage+"number opted out (old apps)"),
	provider.Code("1013", provider.Undeliverable, community+"number does not exist; not in Gupshup's own table"),
	provider.Code("1014", provider.BadRequest, community+"URL content not available; not in Gupshup's own table"),
	provider.Code("4001", provider.Blocked.After(longBackoff), errorPage+"API rate limited: stop sending and contact support"),
	provider.Code("4002", provider.Transient, errorPage+"invalid response from WhatsApp"),
	provider.Code("4003", provider.BadTemplate, errorPage+"no template match"),
	provider.Code("4004", provider.Blocked, errorPage+"only for Cloud API apps"),
	provider.Code("4005", provider.TemplatePaused, errorPage+"paused template"),
}

// overrides are Meta's codes that mean something else where Gupshup hands them on.
var overrides = []provider.CodeRow{
	provider.Code("0", provider.Unlisted, "CONTRACT.md section 7.2: no such code, and an answer may spell 0 for no code at all"),
	provider.Code("131021", provider.Undeliverable, "CONTRACT.md section 7.2: the recipient, which is the sender; never retried"),
	provider.Code(
		"131056", provider.Throttled.After(5*time.Minute),
		"CONTRACT.md section 7.2, to be retried after minutes: it comes in a callback, after which a message has one "+
			"more try, and after the longest burst, of 45 messages at one in 6 seconds, WhatsApp takes nothing for four and a half minutes",
	),
	provider.Code(
		"135000", provider.Transient,
		"CONTRACT.md section 7.2, to be retried once: it comes in a callback, after which a message has one more try",
	),
}

// textTable is for answers to requests, matched in order.
var textTable = []textRow{
	{"invalid destination", "invalid_destination", provider.Undeliverable, sendPage + "400"},
	{"invalid app details", "invalid_app_details", provider.BadCredentials, sendPage + "400"},
	{"invalid app id provided", "invalid_app_id", provider.BadCredentials, "docs.gupshup.io/reference/get-business-details: 400"},
	{"authentication failed", "authentication_failed", provider.BadCredentials, sendPage + "401"},
	{
		"portal user not found", "portal_user_not_found", provider.BadCredentials,
		community + "401 as plain text, a key of another kind or with white space",
	},
	{"request bot not found", "request_bot_not_found", provider.BadCredentials, community + "app name unknown"},
	{"source contains xss", "source_contains_xss", provider.BadCredentials, community + "odd characters in number or app name"},
	{"too many requests", "too_many_requests", provider.Throttled, sendPage + "429"},
}

// classifyText returns the row whose text an answer holds.
func classifyText(text string) (textRow, bool) {
	text = strings.ToLower(text)
	for _, row := range textTable {
		if strings.Contains(text, row.text) {
			return row, true
		}
	}

	return textRow{}, false
}
