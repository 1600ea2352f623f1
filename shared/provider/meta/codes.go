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
	// wait is how long to leave it alone where the answer does not say.
	wait time.Duration
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
	{"0", verdict.Credentials, 0, errorPage + "AuthException, the token cannot be used"},
	{"1", verdict.Transient, 0, errorPage + "unknown API error, an outage as a rule"},
	{"2", verdict.Transient, 0, errorPage + "API service down or overloaded"},
	{"3", verdict.Credentials, 0, errorPage + "API method, permission missing"},
	{"4", verdict.Throttled, 5 * time.Minute, errorPage + "too many calls by the app"},
	{"10", verdict.Credentials, 0, errorPage + "permission denied"},
	{"33", verdict.Credentials, 0, errorPage + "parameter value not valid: the number was deleted or is not the token's"},
	{"100", verdict.BadRequest, 0, errorPage + "invalid parameter"},
	{"190", verdict.Credentials, 0, errorPage + "access token expired or invalid"},
	{"368", verdict.Blocked, 0, errorPage + "temporarily blocked for policy violations"},
	{"80007", verdict.Throttled, 5 * time.Minute, errorPage + "rate limit of the business account"},
	{"2494100", verdict.Transient, 0, errorPage + "number under maintenance, as while it is moved"},
}

// cloudCodes are about the message and who it is for.
var cloudCodes = []codeRow{
	{"130429", verdict.Throttled, 5 * time.Second, errorPage + "throughput reached"},
	{"130472", verdict.Recipient, 0, errorPage + "shopper is part of an experiment; this message will not arrive"},
	{"130497", verdict.Recipient, 0, errorPage + "business may not message this country"},
	{"131000", verdict.Transient, 0, errorPage + "something went wrong"},
	{"131005", verdict.Credentials, 0, errorPage + "access denied"},
	{"131008", verdict.BadRequest, 0, errorPage + "required parameter missing"},
	{"131009", verdict.BadRequest, 0, errorPage + "parameter value not valid"},
	{"131014", verdict.Transient, 0, community + "media URL not fetched (older)"},
	{"131016", verdict.Transient, 0, errorPage + "service unavailable"},
	{"131021", verdict.BadRequest, 0, errorPage + "recipient is the sender"},
	{"131026", verdict.NoWhatsApp, 0, errorPage + "undeliverable: no WhatsApp, an old app, or terms not accepted"},
	{"131030", verdict.BadRequest, 0, errorPage + "recipient not in the test number's list"},
	{"131031", verdict.Blocked, 0, errorPage + "account locked"},
	{"131037", verdict.Blocked, 0, errorPage + "display name not approved"},
	{"131042", verdict.Balance, 0, errorPage + "payment problem"},
	{"131044", verdict.Balance, 0, errorPage + "payment problem (calling)"},
	{"131045", verdict.Blocked, 0, errorPage + "certificate or registration of the number"},
	{"131047", verdict.BadRequest, 0, errorPage + "more than 24 hours since the shopper's last message"},
	{"131048", verdict.Blocked, 0, errorPage + "spam rate limit of the number"},
	{"131049", verdict.Recipient, 0, errorPage + "kept back for a healthy ecosystem (marketing cap)"},
	{"131050", verdict.OptedOut, 0, errorPage + "shopper stopped marketing messages"},
	{"131051", verdict.BadRequest, 0, errorPage + "unsupported message type"},
	{"131052", verdict.Transient, 0, errorPage + "media download error"},
	{"131053", verdict.Transient, 0, errorPage + "media upload or fetch error"},
	{"131055", verdict.BadRequest, 0, errorPage + "method not allowed (marketing API)"},
	{"131056", verdict.Throttled, 6 * time.Second, errorPage + "too many messages to this shopper"},
	{"131057", verdict.Transient, 0, errorPage + "number under maintenance, as while its throughput is raised"},
	{"131059", verdict.BadRequest, 0, community + "paging cursor expired; lists only"},
	{"131062", verdict.BadRequest, 0, community + "user id cannot be the recipient of this message"},
	{"131063", verdict.Template, 0, community + "marketing templates disabled on the Cloud API"},
	{"131064", verdict.Blocked, 0, community + "limited for wrongly classified templates"},
	{"135000", verdict.BadRequest, 0, errorPage + "generic user error"},
	{"137000", verdict.BadRequest, 0, community + "identity hash does not match"},
	{"139200", verdict.Blocked, 0, directive + "access blocked"},
}

// templateCodes are about templates and what fills them.
var templateCodes = []codeRow{
	{"132000", verdict.Template, 0, errorPage + "number of parameters does not match"},
	{"132001", verdict.Template, 0, errorPage + "template missing or not approved in the language"},
	{"132005", verdict.Template, 0, errorPage + "filled text too long"},
	{"132007", verdict.Template, 0, errorPage + "content policy violated"},
	{"132008", verdict.BadRequest, 0, community + "parameter value invalid"},
	{"132012", verdict.Template, 0, errorPage + "parameter format does not match"},
	{"132015", verdict.TemplatePaused, 0, errorPage + "template paused for low quality"},
	{"132016", verdict.TemplatePaused, 0, errorPage + "template disabled for low quality"},
	{"132018", verdict.Template, 0, errorPage + "template parameters not valid"},
	{"132068", verdict.Template, 0, errorPage + "flow blocked"},
	{"132069", verdict.Template, 0, errorPage + "flow throttled"},
	{"2046", verdict.BadRequest, 0, payments + "order status cannot follow the one before"},
	{"2047", verdict.BadRequest, 0, payments + "order cannot be cancelled any more"},
	// Only templates with payment need the terms, so only those wait.
	{"134011", verdict.TemplatePaused, 0, payments + "terms of payment not accepted"},
}

// numberCodes are about the number's registration and the marketing API.
var numberCodes = []codeRow{
	{"133000", verdict.Blocked, 0, errorPage + "an earlier deregistration is incomplete"},
	{"133004", verdict.Transient, 0, errorPage + "server temporarily unavailable"},
	{"133005", verdict.BadRequest, 0, errorPage + "two-step PIN does not match"},
	{"133006", verdict.BadRequest, 0, errorPage + "number needs verification"},
	{"133008", verdict.BadRequest, 0, errorPage + "too many PIN guesses"},
	{"133009", verdict.BadRequest, 0, errorPage + "PIN guessed too fast"},
	{"133010", verdict.Blocked, 0, errorPage + "number not registered"},
	{"133015", verdict.BadRequest, 0, errorPage + "number deleted too recently to be registered"},
	{"133016", verdict.Throttled, 0, errorPage + "registered and deregistered too often"},
	{"134100", verdict.BadRequest, 0, errorPage + "not a marketing message (marketing API)"},
	{"134101", verdict.Transient, 0, errorPage + "template being synchronised (marketing API)"},
	{"134102", verdict.Blocked, 0, errorPage + "template cannot be used (marketing API)"},
	{"141002", verdict.Blocked, 0, health + "business cannot send"},
}

// onPremCodes come with the older API's webhooks.
var onPremCodes = []codeRow{
	{"402", verdict.Balance, 0, onPrem + "payment problem"},
	{"408", verdict.Recipient, 0, onPrem + "pending for more than a day"},
	{"410", verdict.Recipient, 0, onPrem + "expired before it was delivered"},
	{"429", verdict.Throttled, 0, onPrem + "rate limit hit"},
	{"430", verdict.Blocked, 0, onPrem + "signature of the certificate does not match"},
	{"432", verdict.Blocked, 0, onPrem + "certificate does not match the number"},
	{"433", verdict.Blocked, 0, onPrem + "number unregistered"},
	{"470", verdict.BadRequest, 0, onPrem + "more than 24 hours since the shopper's last message"},
	{"471", verdict.Blocked, 0, onPrem + "spam rate limit of the number"},
	{"472", verdict.Recipient, 0, onPrem + "shopper is part of an experiment"},
	{"500", verdict.Transient, 0, onPrem + "generic error"},
	{"501", verdict.BadRequest, 0, onPrem + "message type unknown"},
	{"1013", verdict.NoWhatsApp, 0, onPrem + "recipient is no WhatsApp user"},
	{"1026", verdict.Recipient, 0, onPrem + "recipient's app cannot show the message"},
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
