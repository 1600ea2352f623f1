package meta

import (
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// codeRow is one error code of an answer or of a failed status.
type codeRow struct {
	code  string
	means message.Failure
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
	{"0", provider.BadCredentials, errorPage + "AuthException, the token cannot be used"},
	{"1", provider.Transient, errorPage + "unknown API error, an outage as a rule"},
	{"2", provider.Transient, errorPage + "API service down or overloaded"},
	{"3", provider.BadCredentials, errorPage + "API method, permission missing"},
	{"4", provider.Throttled.After(5 * time.Minute), errorPage + "too many calls by the app"},
	{"10", provider.BadCredentials, errorPage + "permission denied"},
	{"33", provider.BadCredentials, errorPage + "parameter value not valid: the number was deleted or is not the token's"},
	{"100", provider.BadRequest, errorPage + "invalid parameter"},
	{"190", provider.BadCredentials, errorPage + "access token expired or invalid"},
	{"368", provider.Blocked, errorPage + "temporarily blocked for policy violations"},
	{"80007", provider.Throttled.After(5 * time.Minute), errorPage + "rate limit of the business account"},
	{"2494100", provider.Transient, errorPage + "number under maintenance, as while it is moved"},
}

// cloudCodes are about the message and who it is for.
var cloudCodes = []codeRow{
	{"130429", provider.Throttled.After(5 * time.Second), errorPage + "throughput reached"},
	{"130472", provider.Undeliverable, errorPage + "shopper is part of an experiment; this message will not arrive"},
	{"130497", provider.Undeliverable, errorPage + "business may not message this country"},
	{"131000", provider.Transient, errorPage + "something went wrong"},
	{"131005", provider.BadCredentials, errorPage + "access denied"},
	{"131008", provider.BadRequest, errorPage + "required parameter missing"},
	{"131009", provider.BadRequest, errorPage + "parameter value not valid"},
	{"131014", provider.Transient, community + "media URL not fetched (older)"},
	{"131016", provider.Transient, errorPage + "service unavailable"},
	{"131021", provider.BadRequest, errorPage + "recipient is the sender"},
	{"131026", provider.NoWhatsApp, errorPage + "undeliverable: no WhatsApp, an old app, or terms not accepted"},
	{"131030", provider.BadRequest, errorPage + "recipient not in the test number's list"},
	{"131031", provider.Blocked, errorPage + "account locked"},
	{"131037", provider.Blocked, errorPage + "display name not approved"},
	{"131042", provider.LowBalance, errorPage + "payment problem"},
	{"131044", provider.LowBalance, errorPage + "payment problem (calling)"},
	{"131045", provider.Blocked, errorPage + "certificate or registration of the number"},
	{"131047", provider.BadRequest, errorPage + "more than 24 hours since the shopper's last message"},
	{"131048", provider.Blocked, errorPage + "spam rate limit of the number"},
	{"131049", provider.Undeliverable, errorPage + "kept back for a healthy ecosystem (marketing cap)"},
	{"131050", provider.OptedOut, errorPage + "shopper stopped marketing messages"},
	{"131051", provider.BadRequest, errorPage + "unsupported message type"},
	{"131052", provider.Transient, errorPage + "media download error"},
	{"131053", provider.Transient, errorPage + "media upload or fetch error"},
	{"131055", provider.BadRequest, errorPage + "method not allowed (marketing API)"},
	{"131056", provider.Throttled.After(6 * time.Second), errorPage + "too many messages to this shopper"},
	{"131057", provider.Transient, errorPage + "number under maintenance, as while its throughput is raised"},
	{"131059", provider.BadRequest, community + "paging cursor expired; lists only"},
	{"131062", provider.BadRequest, community + "user id cannot be the recipient of this message"},
	{"131063", provider.BadTemplate, community + "marketing templates disabled on the Cloud API"},
	{"131064", provider.Blocked, community + "limited for wrongly classified templates"},
	{"135000", provider.BadRequest, errorPage + "generic user error"},
	{"137000", provider.BadRequest, community + "identity hash does not match"},
	{"139200", provider.Blocked, directive + "access blocked"},
}

// templateCodes are about templates and what fills them.
var templateCodes = []codeRow{
	{"132000", provider.BadTemplate, errorPage + "number of parameters does not match"},
	{"132001", provider.BadTemplate, errorPage + "template missing or not approved in the language"},
	{"132005", provider.BadTemplate, errorPage + "filled text too long"},
	{"132007", provider.BadTemplate, errorPage + "content policy violated"},
	{"132008", provider.BadRequest, community + "parameter value invalid"},
	{"132012", provider.BadTemplate, errorPage + "parameter format does not match"},
	{"132015", provider.TemplatePaused, errorPage + "template paused for low quality"},
	{"132016", provider.TemplatePaused, errorPage + "template disabled for low quality"},
	{"132018", provider.BadTemplate, errorPage + "template parameters not valid"},
	{"132068", provider.BadTemplate, errorPage + "flow blocked"},
	{"132069", provider.BadTemplate, errorPage + "flow throttled"},
	{"2046", provider.BadRequest, payments + "order status cannot follow the one before"},
	{"2047", provider.BadRequest, payments + "order cannot be cancelled any more"},
	// Only templates with payment need the terms, so only those wait.
	{"134011", provider.TemplatePaused, payments + "terms of payment not accepted"},
}

// numberCodes are about the number's registration and the marketing API.
var numberCodes = []codeRow{
	{"133000", provider.Blocked, errorPage + "an earlier deregistration is incomplete"},
	{"133004", provider.Transient, errorPage + "server temporarily unavailable"},
	{"133005", provider.BadRequest, errorPage + "two-step PIN does not match"},
	{"133006", provider.BadRequest, errorPage + "number needs verification"},
	{"133008", provider.BadRequest, errorPage + "too many PIN guesses"},
	{"133009", provider.BadRequest, errorPage + "PIN guessed too fast"},
	{"133010", provider.Blocked, errorPage + "number not registered"},
	{"133015", provider.BadRequest, errorPage + "number deleted too recently to be registered"},
	{"133016", provider.Throttled, errorPage + "registered and deregistered too often"},
	{"134100", provider.BadRequest, errorPage + "not a marketing message (marketing API)"},
	{"134101", provider.Transient, errorPage + "template being synchronised (marketing API)"},
	{"134102", provider.Blocked, errorPage + "template cannot be used (marketing API)"},
	{"141002", provider.Blocked, health + "business cannot send"},
}

// onPremCodes come with the older API's webhooks.
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
	{"500", provider.Transient, onPrem + "generic error"},
	{"501", provider.BadRequest, onPrem + "message type unknown"},
	{"1013", provider.NoWhatsApp, onPrem + "recipient is no WhatsApp user"},
	{"1026", provider.Undeliverable, onPrem + "recipient's app cannot show the message"},
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

// classify returns what a code means and whether a table has it; [provider.Unlisted] if none has.
func classify(code string) (message.Failure, bool) {
	if row, ok := codeIndex[code]; ok {
		return row.means.Coded(code), true
	}
	// The whole range is permissions of the app or the token, by Meta's table.
	if n, err := strconv.Atoi(code); err == nil && n >= 200 && n <= 299 {
		return provider.BadCredentials.Coded(code), true
	}

	return provider.Unlisted.Coded(code), false
}
