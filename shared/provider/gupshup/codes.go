package gupshup

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// codeRow is one error code of a failed event or of an answer.
type codeRow struct {
	code  string
	means message.Failure
	// source is the table the row was taken from, with the provider's own words for the code.
	source string
}

// textRow is one error of an answer to a request, which Gupshup tells by its text only.
type textRow struct {
	// text is a part of the message, in lower case; code is our name for it.
	text, code string
	means      message.Failure
	source     string
}

// tooMany is told of a shopper to whom WhatsApp lets nothing more through for now: for minutes, says the contract, and after
// the longest burst, of 45 messages at one in 6 seconds, it takes four and a half.
var tooMany = provider.Throttled.After(5 * time.Minute)

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
	{"500", provider.Transient, errorPage + "internal server error"},
	{"1001", provider.BadCredentials, errorPage + "last mapped bot failed; app name and number do not belong together"},
	{"1002", provider.NoWhatsApp, errorPage + "number does not exist on WhatsApp"},
	{"1003", provider.LowBalance, errorPage + "wallet balance low"},
	{"1004", provider.Blocked, errorPage + "template messaging disabled for the app"},
	{"1005", provider.BadTemplate, errorPage + "template match failed"},
	{"1006", provider.Undeliverable, errorPage + "opt-in failure (old apps)"},
	{"1007", provider.Undeliverable, errorPage + "opt-in failure (old apps)"},
	{"1008", provider.Undeliverable, errorPage + "opt-in failure (old apps)"},
	{"1009", provider.BadRequest, errorPage + "required parameter missing"},
	{"1010", provider.BadRequest, errorPage + "invalid media URL"},
	{"1011", provider.BadRequest, errorPage + "invalid media size"},
	{"1012", provider.OptedOut, errorPage + "number opted out (old apps)"},
	{"1013", provider.Undeliverable, community + "number does not exist; not in Gupshup's own table"},
	{"1014", provider.BadRequest, community + "URL content not available; not in Gupshup's own table"},
	{"4001", provider.Blocked, errorPage + "API rate limited: stop sending and contact support"},
	{"4002", provider.Transient, errorPage + "invalid response from WhatsApp"},
	{"4003", provider.BadTemplate, errorPage + "no template match"},
	{"4004", provider.Blocked, errorPage + "only for Cloud API apps"},
	{"4005", provider.TemplatePaused, errorPage + "paused template"},
}

// metaCodes reach us unchanged in failed events.
var metaCodes = []codeRow{
	{"1", provider.Transient, metaPage + "unknown API error"},
	{"2", provider.Transient, metaPage + "API service down"},
	{"4", provider.Throttled, metaPage + "too many calls by the app"},
	{"100", provider.BadRequest, metaPage + "invalid parameter"},
	{"190", provider.BadCredentials, metaPage + "access token expired"},
	{"368", provider.Blocked, metaPage + "temporarily blocked for policy violations"},
	{"80007", provider.Throttled, metaPage + "rate limit of the business account"},
	{"130429", provider.Throttled, metaPage + "throughput reached"},
	{"130472", provider.Undeliverable, metaPage + "shopper is part of an experiment"},
	{"131000", provider.Transient, metaPage + "something went wrong"},
	{"131005", provider.BadCredentials, metaPage + "access denied"},
	{"131008", provider.BadRequest, metaPage + "required parameter missing"},
	{"131009", provider.BadRequest, metaPage + "parameter value not valid"},
	{"131016", provider.Transient, metaPage + "service unavailable"},
	{"131021", provider.Undeliverable, metaPage + "recipient is the sender"},
	{"131026", provider.Undeliverable, metaPage + "message undeliverable"},
	{"131031", provider.Blocked, metaPage + "account locked"},
	{"131042", provider.LowBalance, metaPage + "payment problem"},
	{"131045", provider.Blocked, metaPage + "number not registered"},
	{"131047", provider.BadRequest, metaPage + "more than 24 hours since the shopper's last message"},
	{"131048", provider.Blocked, metaPage + "spam rate limit of the number"},
	{"131049", provider.Undeliverable, metaPage + "kept back for the shopper's sake (marketing cap)"},
	{"131050", provider.OptedOut, metaPage + "shopper stopped marketing messages"},
	{"131051", provider.BadRequest, metaPage + "unsupported message type"},
	{"131052", provider.Transient, metaPage + "media download error"},
	{"131053", provider.Transient, metaPage + "media upload error"},
	{"131056", tooMany, metaPage + "too many messages to this shopper"},
	{"132000", provider.BadTemplate, metaPage + "number of parameters does not match"},
	{"132001", provider.BadTemplate, metaPage + "template missing or not approved in the language"},
	{"132005", provider.BadTemplate, metaPage + "filled text too long"},
	{"132007", provider.BadTemplate, metaPage + "content policy violated"},
	{"132012", provider.BadTemplate, metaPage + "parameter format does not match"},
	{"132015", provider.TemplatePaused, metaPage + "template paused"},
	{"132016", provider.TemplatePaused, metaPage + "template disabled for low quality"},
	{"132018", provider.BadTemplate, metaPage + "parameter format not valid"},
	{"133010", provider.Blocked, metaPage + "number not registered"},
	{"135000", provider.Transient, metaPage + "generic user error"},
}

// onPremCodes may still come from apps that were never moved off the On-Premises API.
var onPremCodes = []codeRow{
	{"402", provider.LowBalance, onPrem + "payment problem"},
	{"408", provider.Undeliverable, onPrem + "pending for more than a day"},
	{"410", provider.Undeliverable, onPrem + "expired before it was delivered"},
	{"429", provider.Throttled, onPrem + "rate limit hit"},
	{"430", provider.Blocked, onPrem + "signature of the certificate does not match"},
	{"432", provider.Blocked, onPrem + "certificate does not match the number"},
	{"433", provider.Blocked, onPrem + "number unregistered"},
	{"470", provider.BadRequest, onPrem + "more than 24 hours since the shopper's last message"},
	{"471", provider.Blocked, onPrem + "spam rate limit of the number"},
	{"472", provider.Undeliverable, onPrem + "shopper is part of an experiment"},
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

// classify returns what a code means and whether a table has it; [provider.Unlisted] if none has.
func classify(code string) (message.Failure, bool) {
	for _, table := range codeTables {
		for _, row := range table {
			if row.code == code {
				return row.means.Coded(code), true
			}
		}
	}
	return provider.Unlisted.Coded(code), false
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
