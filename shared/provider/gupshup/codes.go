package gupshup

import (
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// verdict is what an error means for what happens next.
type verdict struct {
	class provider.Class
	cause string
}

// codeRow is one error code of a failed event or of an answer.
type codeRow struct {
	code string
	verdict
	// source is the table the row was taken from, with the provider's own words for the code.
	source string
}

// textRow is one error of an answer to a request, which Gupshup tells by its text only.
type textRow struct {
	// text is a part of the message, in lower case; code is our name for it.
	text, code string
	verdict
	source string
}

var (
	transient   = verdict{class: provider.ClassTransient}
	throttled   = verdict{class: provider.ClassThrottled}
	recipient   = verdict{class: provider.ClassRecipient}
	noWhatsApp  = verdict{provider.ClassRecipient, provider.CauseNotOnWhatsApp}
	optedOut    = verdict{class: provider.ClassOptedOut}
	badTemplate = verdict{class: provider.ClassTemplate}
	paused      = verdict{class: provider.ClassTemplatePaused}
	credentials = verdict{provider.ClassAccount, provider.CauseCredentials}
	balance     = verdict{provider.ClassAccount, provider.CauseBalance}
	blocked     = verdict{provider.ClassAccount, provider.CauseBlocked}
	badRequest  = verdict{class: provider.ClassBadRequest}
	// unlisted is permanent for the message and touches neither account nor shopper.
	unlisted = verdict{provider.ClassBadRequest, provider.CauseUnlisted}
)

const (
	errorPage = "docs.gupshup.io/docs/error-and-status-messages: "
	metaPage  = "developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes: "
	onPrem    = "developers.secure.facebook.com/docs/whatsapp/api/errors: "
	sendPage  = "docs.gupshup.io/reference/template-messages-2: "
	community = "open-source clients: "
)

// codeTables are searched in order: the On-Premises API numbered its errors 1000 to 1031 as well, and where Gupshup
// uses the same number, Gupshup's meaning counts.
var codeTables = [][]codeRow{gupshupCodes, metaCodes, onPremCodes}

var gupshupCodes = []codeRow{
	{"500", transient, errorPage + "internal server error"},
	{"1001", credentials, errorPage + "last mapped bot failed; app name and number do not belong together"},
	{"1002", noWhatsApp, errorPage + "number does not exist on WhatsApp"},
	{"1003", balance, errorPage + "wallet balance low"},
	{"1004", blocked, errorPage + "template messaging disabled for the app"},
	{"1005", badTemplate, errorPage + "template match failed"},
	{"1006", recipient, errorPage + "opt-in failure (old apps)"},
	{"1007", recipient, errorPage + "opt-in failure (old apps)"},
	{"1008", recipient, errorPage + "opt-in failure (old apps)"},
	{"1009", badRequest, errorPage + "required parameter missing"},
	{"1010", badRequest, errorPage + "invalid media URL"},
	{"1011", badRequest, errorPage + "invalid media size"},
	{"1012", optedOut, errorPage + "number opted out (old apps)"},
	{"1013", recipient, community + "number does not exist; not in Gupshup's own table"},
	{"1014", badRequest, community + "URL content not available; not in Gupshup's own table"},
	{"4001", blocked, errorPage + "API rate limited: stop sending and contact support"},
	{"4002", transient, errorPage + "invalid response from WhatsApp"},
	{"4003", badTemplate, errorPage + "no template match"},
	{"4004", blocked, errorPage + "only for Cloud API apps"},
	{"4005", paused, errorPage + "paused template"},
}

// metaCodes reach us unchanged in failed events.
var metaCodes = []codeRow{
	{"1", transient, metaPage + "unknown API error"},
	{"2", transient, metaPage + "API service down"},
	{"4", throttled, metaPage + "too many calls by the app"},
	{"100", badRequest, metaPage + "invalid parameter"},
	{"190", credentials, metaPage + "access token expired"},
	{"368", blocked, metaPage + "temporarily blocked for policy violations"},
	{"80007", throttled, metaPage + "rate limit of the business account"},
	{"130429", throttled, metaPage + "throughput reached"},
	{"130472", recipient, metaPage + "shopper is part of an experiment"},
	{"131000", transient, metaPage + "something went wrong"},
	{"131005", credentials, metaPage + "access denied"},
	{"131008", badRequest, metaPage + "required parameter missing"},
	{"131009", badRequest, metaPage + "parameter value not valid"},
	{"131016", transient, metaPage + "service unavailable"},
	{"131021", recipient, metaPage + "recipient is the sender"},
	{"131026", recipient, metaPage + "message undeliverable"},
	{"131031", blocked, metaPage + "account locked"},
	{"131042", balance, metaPage + "payment problem"},
	{"131045", blocked, metaPage + "number not registered"},
	{"131047", badRequest, metaPage + "more than 24 hours since the shopper's last message"},
	{"131048", blocked, metaPage + "spam rate limit of the number"},
	{"131049", recipient, metaPage + "kept back for the shopper's sake (marketing cap)"},
	{"131050", optedOut, metaPage + "shopper stopped marketing messages"},
	{"131051", badRequest, metaPage + "unsupported message type"},
	{"131052", transient, metaPage + "media download error"},
	{"131053", transient, metaPage + "media upload error"},
	{"131056", throttled, metaPage + "too many messages to this shopper"},
	{"132000", badTemplate, metaPage + "number of parameters does not match"},
	{"132001", badTemplate, metaPage + "template missing or not approved in the language"},
	{"132005", badTemplate, metaPage + "filled text too long"},
	{"132007", badTemplate, metaPage + "content policy violated"},
	{"132012", badTemplate, metaPage + "parameter format does not match"},
	{"132015", paused, metaPage + "template paused"},
	{"132016", paused, metaPage + "template disabled for low quality"},
	{"132018", badTemplate, metaPage + "parameter format not valid"},
	{"133010", blocked, metaPage + "number not registered"},
	{"135000", transient, metaPage + "generic user error"},
}

// onPremCodes may still come from apps that were never moved off the On-Premises API.
var onPremCodes = []codeRow{
	{"402", balance, onPrem + "payment problem"},
	{"408", recipient, onPrem + "pending for more than a day"},
	{"410", recipient, onPrem + "expired before it was delivered"},
	{"429", throttled, onPrem + "rate limit hit"},
	{"430", blocked, onPrem + "signature of the certificate does not match"},
	{"432", blocked, onPrem + "certificate does not match the number"},
	{"433", blocked, onPrem + "number unregistered"},
	{"470", badRequest, onPrem + "more than 24 hours since the shopper's last message"},
	{"471", blocked, onPrem + "spam rate limit of the number"},
	{"472", recipient, onPrem + "shopper is part of an experiment"},
}

// textTable is for answers to requests, matched in order.
var textTable = []textRow{
	{"invalid destination", "invalid_destination", recipient, sendPage + "400"},
	{"invalid app details", "invalid_app_details", credentials, sendPage + "400"},
	{"invalid app id provided", "invalid_app_id", credentials, "docs.gupshup.io/reference/get-business-details: 400"},
	{"authentication failed", "authentication_failed", credentials, sendPage + "401"},
	{
		"portal user not found", "portal_user_not_found", credentials,
		community + "401 as plain text, a key of another kind or with white space",
	},
	{"request bot not found", "request_bot_not_found", credentials, community + "app name unknown"},
	{"source contains xss", "source_contains_xss", credentials, community + "odd characters in number or app name"},
	{"too many requests", "too_many_requests", throttled, sendPage + "429"},
}

// classify finds what a code means; a code that is in no table is unlisted.
func classify(code string) (verdict, bool) {
	for _, table := range codeTables {
		for _, row := range table {
			if row.code == code {
				return row.verdict, true
			}
		}
	}
	return unlisted, false
}

// classifyText finds what the text of an answer means.
func classifyText(text string) (textRow, bool) {
	text = strings.ToLower(text)
	for _, row := range textTable {
		if strings.Contains(text, row.text) {
			return row, true
		}
	}
	return textRow{}, false
}
