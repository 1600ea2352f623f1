package meta

import (
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/verdict"
)

// codeRow is one error code of an answer or of a failed status.
type codeRow struct {
	code string
	verdict.Verdict
	// source is the table the row was taken from, with its words for the code.
	source string
}

const (
	errorPage = "developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes: "
	directive = "developers.facebook.com/documentation/business-messaging/whatsapp/direct-send: "
	payments  = "developers.facebook.com/documentation/business-messaging/whatsapp/payments/payments-in: "
	health    = "developers.facebook.com/documentation/business-messaging/whatsapp/support/health-status: "
	onPrem    = "developers.secure.facebook.com/docs/whatsapp/api/errors: "
	community = "maintained client libraries: "
)

// codeTables hold no code twice; the older API's errors come with its webhooks only.
var codeTables = [][]codeRow{graphCodes, cloudCodes, templateCodes, numberCodes, onPremCodes}

// graphCodes are the Graph API's own. 200 to 299 are one rule, see [classify].
var graphCodes = []codeRow{
	{"0", verdict.Credentials, errorPage + "AuthException, the token cannot be used"},
	{"1", verdict.Transient, errorPage + "unknown API error, an outage as a rule"},
	{"2", verdict.Transient, errorPage + "API service down or overloaded"},
	{"3", verdict.Credentials, errorPage + "API method, permission missing"},
	{"4", verdict.Throttled.After(5 * time.Minute), errorPage + "too many calls by the app"},
	{"10", verdict.Credentials, errorPage + "permission denied"},
	{"33", verdict.Credentials, errorPage + "parameter value not valid: the number was deleted or is not the token's"},
	{"100", verdict.BadRequest, errorPage + "invalid parameter"},
	{"190", verdict.Credentials, errorPage + "access token expired or invalid"},
	{"368", verdict.Blocked, errorPage + "temporarily blocked for policy violations"},
	{"80007", verdict.Throttled.After(5 * time.Minute), errorPage + "rate limit of the business account"},
	{"2494100", verdict.Transient, errorPage + "number under maintenance, as while it is moved"},
}

// cloudCodes are about the message and who it is for.
var cloudCodes = []codeRow{
	{"130429", verdict.Throttled.After(5 * time.Second), errorPage + "throughput reached"},
	{"130472", verdict.Recipient, errorPage + "shopper is part of an experiment; this message will not arrive"},
	{"130497", verdict.Recipient, errorPage + "business may not message this country"},
	{"131000", verdict.Transient, errorPage + "something went wrong"},
	{"131005", verdict.Credentials, errorPage + "access denied"},
	{"131008", verdict.BadRequest, errorPage + "required parameter missing"},
	{"131009", verdict.BadRequest, errorPage + "parameter value not valid"},
	{"131014", verdict.Transient, community + "media URL not fetched (older)"},
	{"131016", verdict.Transient, errorPage + "service unavailable"},
	{"131021", verdict.BadRequest, errorPage + "recipient is the sender"},
	{"131026", verdict.NoWhatsApp, errorPage + "undeliverable: no WhatsApp, an old app, or terms not accepted"},
	{"131030", verdict.BadRequest, errorPage + "recipient not in the test number's list"},
	{"131031", verdict.Blocked, errorPage + "account locked"},
	{"131037", verdict.Blocked, errorPage + "display name not approved"},
	{"131042", verdict.Balance, errorPage + "payment problem"},
	{"131044", verdict.Balance, errorPage + "payment problem (calling)"},
	{"131045", verdict.Blocked, errorPage + "certificate or registration of the number"},
	{"131047", verdict.BadRequest, errorPage + "more than 24 hours since the shopper's last message"},
	{"131048", verdict.Blocked, errorPage + "spam rate limit of the number"},
	{"131049", verdict.Recipient, errorPage + "kept back for a healthy ecosystem (marketing cap)"},
	{"131050", verdict.OptedOut, errorPage + "shopper stopped marketing messages"},
	{"131051", verdict.BadRequest, errorPage + "unsupported message type"},
	{"131052", verdict.Transient, errorPage + "media download error"},
	{"131053", verdict.Transient, errorPage + "media upload or fetch error"},
	{"131055", verdict.BadRequest, errorPage + "method not allowed (marketing API)"},
	{"131056", verdict.Throttled.After(6 * time.Second), errorPage + "too many messages to this shopper"},
	{"131057", verdict.Transient, errorPage + "number under maintenance, as while its throughput is raised"},
	{"131059", verdict.BadRequest, community + "paging cursor expired; lists only"},
	{"131062", verdict.BadRequest, community + "user id cannot be the recipient of this message"},
	{"131063", verdict.Template, community + "marketing templates disabled on the Cloud API"},
	{"131064", verdict.Blocked, community + "limited for wrongly classified templates"},
	{"135000", verdict.BadRequest, errorPage + "generic user error"},
	{"137000", verdict.BadRequest, community + "identity hash does not match"},
	{"139200", verdict.Blocked, directive + "access blocked"},
}

// templateCodes are about templates and what fills them.
var templateCodes = []codeRow{
	{"132000", verdict.Template, errorPage + "number of parameters does not match"},
	{"132001", verdict.Template, errorPage + "template missing or not approved in the language"},
	{"132005", verdict.Template, errorPage + "filled text too long"},
	{"132007", verdict.Template, errorPage + "content policy violated"},
	{"132008", verdict.BadRequest, community + "parameter value invalid"},
	{"132012", verdict.Template, errorPage + "parameter format does not match"},
	{"132015", verdict.TemplatePaused, errorPage + "template paused for low quality"},
	{"132016", verdict.TemplatePaused, errorPage + "template disabled for low quality"},
	{"132018", verdict.Template, errorPage + "template parameters not valid"},
	{"132068", verdict.Template, errorPage + "flow blocked"},
	{"132069", verdict.Template, errorPage + "flow throttled"},
	{"2046", verdict.BadRequest, payments + "order status cannot follow the one before"},
	{"2047", verdict.BadRequest, payments + "order cannot be cancelled any more"},
	// Only templates with payment need the terms, so only those wait.
	{"134011", verdict.TemplatePaused, payments + "terms of payment not accepted"},
}

// numberCodes are about the number's registration and the marketing API.
var numberCodes = []codeRow{
	{"133000", verdict.Blocked, errorPage + "an earlier deregistration is incomplete"},
	{"133004", verdict.Transient, errorPage + "server temporarily unavailable"},
	{"133005", verdict.BadRequest, errorPage + "two-step PIN does not match"},
	{"133006", verdict.BadRequest, errorPage + "number needs verification"},
	{"133008", verdict.BadRequest, errorPage + "too many PIN guesses"},
	{"133009", verdict.BadRequest, errorPage + "PIN guessed too fast"},
	{"133010", verdict.Blocked, errorPage + "number not registered"},
	{"133015", verdict.BadRequest, errorPage + "number deleted too recently to be registered"},
	{"133016", verdict.Throttled, errorPage + "registered and deregistered too often"},
	{"134100", verdict.BadRequest, errorPage + "not a marketing message (marketing API)"},
	{"134101", verdict.Transient, errorPage + "template being synchronised (marketing API)"},
	{"134102", verdict.Blocked, errorPage + "template cannot be used (marketing API)"},
	{"141002", verdict.Blocked, health + "business cannot send"},
}

// onPremCodes come with the older API's webhooks.
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
	{"500", verdict.Transient, onPrem + "generic error"},
	{"501", verdict.BadRequest, onPrem + "message type unknown"},
	{"1013", verdict.NoWhatsApp, onPrem + "recipient is no WhatsApp user"},
	{"1026", verdict.Recipient, onPrem + "recipient's app cannot show the message"},
}

var codeIndex = func() map[string]codeRow {
	index := map[string]codeRow{}
	for _, table := range codeTables {
		for _, row := range table {
			index[row.code] = row
		}
	}
	return index
}()

// classify finds what a code means; a code that is in no table is unlisted.
func classify(code string) (codeRow, bool) {
	if row, ok := codeIndex[code]; ok {
		return row, true
	}
	// The whole range is permissions of the app or the token, by Meta's table.
	if n, err := strconv.Atoi(code); err == nil && n >= 200 && n <= 299 {
		return codeRow{code: code, Verdict: verdict.Credentials, source: errorPage + "API permission, 200 to 299"}, true
	}
	return codeRow{code: code, Verdict: verdict.Unlisted}, false
}
