package gupshup

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/verdict"
)

// codeRow is one error code of a failed event or of an answer.
type codeRow struct {
	code string
	verdict.Verdict
	// source is the table the row was taken from, with the provider's own words for the code.
	source string
}

// textRow is one error of an answer to a request, which Gupshup tells by its text only.
type textRow struct {
	// text is a part of the message, in lower case; code is our name for it.
	text, code string
	verdict.Verdict
	source string
}

// tooMany is told of a shopper to whom WhatsApp lets nothing more through for now: for minutes, says the contract, and after
// the longest burst, of 45 messages at one in 6 seconds, it takes four and a half.
var tooMany = verdict.Throttled.After(5 * time.Minute)

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
	{"500", verdict.Transient, errorPage + "internal server error"},
	{"1001", verdict.Credentials, errorPage + "last mapped bot failed; app name and number do not belong together"},
	{"1002", verdict.NoWhatsApp, errorPage + "number does not exist on WhatsApp"},
	{"1003", verdict.Balance, errorPage + "wallet balance low"},
	{"1004", verdict.Blocked, errorPage + "template messaging disabled for the app"},
	{"1005", verdict.Template, errorPage + "template match failed"},
	{"1006", verdict.Recipient, errorPage + "opt-in failure (old apps)"},
	{"1007", verdict.Recipient, errorPage + "opt-in failure (old apps)"},
	{"1008", verdict.Recipient, errorPage + "opt-in failure (old apps)"},
	{"1009", verdict.BadRequest, errorPage + "required parameter missing"},
	{"1010", verdict.BadRequest, errorPage + "invalid media URL"},
	{"1011", verdict.BadRequest, errorPage + "invalid media size"},
	{"1012", verdict.OptedOut, errorPage + "number opted out (old apps)"},
	{"1013", verdict.Recipient, community + "number does not exist; not in Gupshup's own table"},
	{"1014", verdict.BadRequest, community + "URL content not available; not in Gupshup's own table"},
	{"4001", verdict.Blocked, errorPage + "API rate limited: stop sending and contact support"},
	{"4002", verdict.Transient, errorPage + "invalid response from WhatsApp"},
	{"4003", verdict.Template, errorPage + "no template match"},
	{"4004", verdict.Blocked, errorPage + "only for Cloud API apps"},
	{"4005", verdict.TemplatePaused, errorPage + "paused template"},
}

// metaCodes reach us unchanged in failed events.
var metaCodes = []codeRow{
	{"1", verdict.Transient, metaPage + "unknown API error"},
	{"2", verdict.Transient, metaPage + "API service down"},
	{"4", verdict.Throttled, metaPage + "too many calls by the app"},
	{"100", verdict.BadRequest, metaPage + "invalid parameter"},
	{"190", verdict.Credentials, metaPage + "access token expired"},
	{"368", verdict.Blocked, metaPage + "temporarily blocked for policy violations"},
	{"80007", verdict.Throttled, metaPage + "rate limit of the business account"},
	{"130429", verdict.Throttled, metaPage + "throughput reached"},
	{"130472", verdict.Recipient, metaPage + "shopper is part of an experiment"},
	{"131000", verdict.Transient, metaPage + "something went wrong"},
	{"131005", verdict.Credentials, metaPage + "access denied"},
	{"131008", verdict.BadRequest, metaPage + "required parameter missing"},
	{"131009", verdict.BadRequest, metaPage + "parameter value not valid"},
	{"131016", verdict.Transient, metaPage + "service unavailable"},
	{"131021", verdict.Recipient, metaPage + "recipient is the sender"},
	{"131026", verdict.Recipient, metaPage + "message undeliverable"},
	{"131031", verdict.Blocked, metaPage + "account locked"},
	{"131042", verdict.Balance, metaPage + "payment problem"},
	{"131045", verdict.Blocked, metaPage + "number not registered"},
	{"131047", verdict.BadRequest, metaPage + "more than 24 hours since the shopper's last message"},
	{"131048", verdict.Blocked, metaPage + "spam rate limit of the number"},
	{"131049", verdict.Recipient, metaPage + "kept back for the shopper's sake (marketing cap)"},
	{"131050", verdict.OptedOut, metaPage + "shopper stopped marketing messages"},
	{"131051", verdict.BadRequest, metaPage + "unsupported message type"},
	{"131052", verdict.Transient, metaPage + "media download error"},
	{"131053", verdict.Transient, metaPage + "media upload error"},
	{"131056", tooMany, metaPage + "too many messages to this shopper"},
	{"132000", verdict.Template, metaPage + "number of parameters does not match"},
	{"132001", verdict.Template, metaPage + "template missing or not approved in the language"},
	{"132005", verdict.Template, metaPage + "filled text too long"},
	{"132007", verdict.Template, metaPage + "content policy violated"},
	{"132012", verdict.Template, metaPage + "parameter format does not match"},
	{"132015", verdict.TemplatePaused, metaPage + "template paused"},
	{"132016", verdict.TemplatePaused, metaPage + "template disabled for low quality"},
	{"132018", verdict.Template, metaPage + "parameter format not valid"},
	{"133010", verdict.Blocked, metaPage + "number not registered"},
	{"135000", verdict.Transient, metaPage + "generic user error"},
}

// onPremCodes may still come from apps that were never moved off the On-Premises API.
var onPremCodes = []codeRow{
	{"402", verdict.Balance, onPrem + "payment problem"},
	{"408", verdict.Recipient, onPrem + "pending for more than a day"},
	{"410", verdict.Recipient, onPrem + "expired before it was delivered"},
	{"429", verdict.Throttled, onPrem + "rate limit hit"},
	{"430", verdict.Blocked, onPrem + "signature of the certificate does not match"},
	{"432", verdict.Blocked, onPrem + "certificate does not match the number"},
	{"433", verdict.Blocked, onPrem + "number unregistered"},
	{"470", verdict.BadRequest, onPrem + "more than 24 hours since the shopper's last message"},
	{"471", verdict.Blocked, onPrem + "spam rate limit of the number"},
	{"472", verdict.Recipient, onPrem + "shopper is part of an experiment"},
}

// textTable is for answers to requests, matched in order.
var textTable = []textRow{
	{"invalid destination", "invalid_destination", verdict.Recipient, sendPage + "400"},
	{"invalid app details", "invalid_app_details", verdict.Credentials, sendPage + "400"},
	{"invalid app id provided", "invalid_app_id", verdict.Credentials, "docs.gupshup.io/reference/get-business-details: 400"},
	{"authentication failed", "authentication_failed", verdict.Credentials, sendPage + "401"},
	{
		"portal user not found", "portal_user_not_found", verdict.Credentials,
		community + "401 as plain text, a key of another kind or with white space",
	},
	{"request bot not found", "request_bot_not_found", verdict.Credentials, community + "app name unknown"},
	{"source contains xss", "source_contains_xss", verdict.Credentials, community + "odd characters in number or app name"},
	{"too many requests", "too_many_requests", verdict.Throttled, sendPage + "429"},
}

// classify finds what a code means; a code that is in no table is unlisted.
func classify(code string) (verdict.Verdict, bool) {
	for _, table := range codeTables {
		for _, row := range table {
			if row.code == code {
				return row.Verdict, true
			}
		}
	}
	return verdict.Unlisted, false
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
