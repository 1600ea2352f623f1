package cloudapi

import (
	"slices"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

const (
	errorPage = "developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes: "
	directive = "developers.facebook.com/documentation/business-messaging/whatsapp/direct-send: "
	payments  = "developers.facebook.com/documentation/business-messaging/whatsapp/payments/payments-in: "
	health    = "developers.facebook.com/documentation/business-messaging/whatsapp/support/health-status: "
	onPrem    = "developers.secure.facebook.com/docs/whatsapp/api/errors: "
	community = "maintained client libraries: "
)

// spamWait is how long a number is left alone that WhatsApp limits for spam. It is ours: Meta's page says to retry only after
// hours (CONTRACT.md section 10.3), and WhatsApp's own first pause of a template of low quality lasts three.
const spamWait = 3 * time.Hour

// Codes are the error codes of Meta's Cloud API (CONTRACT.md section 10.1). No code stands here twice.
//
// One rule holds for providers that hand Meta's codes on: a provider's own table wins where it names a code, and this table
// counts for all others. So their tables begin with rows of their own, but only for codes that would otherwise differ.
var Codes = slices.Concat(graphCodes, cloudCodes, templateCodes, numberCodes)

// PermissionCodes are 200 to 299: Meta's table has the whole range as a permission that the app or the token lacks.
var PermissionCodes = permissionCodes()

func permissionCodes() []provider.CodeRow {
	var rows []provider.CodeRow
	for code := 200; code <= 299; code++ {
		rows = append(rows, provider.Code(strconv.Itoa(code), provider.BadCredentials, errorPage+"API permission, 200 to 299"))
	}

	return rows
}

// graphCodes are the Graph API's own; [PermissionCodes] belong to them.
var graphCodes = []provider.CodeRow{
	provider.Code("0", provider.BadCredentials, errorPage+"AuthException, the token cannot be used"),
	provider.Code("1", provider.Transient, errorPage+"unknown API error, an outage as a rule"),
	provider.Code("2", provider.Transient, errorPage+"API service down or overloaded"),
	provider.Code("3", provider.BadCredentials, errorPage+"API method, permission missing"),
	provider.Code("4", provider.Throttled.After(5*time.Minute), errorPage+"too many calls by the app"),
	provider.Code("10", provider.BadCredentials, errorPage+"permission denied"),
	provider.Code("33", provider.BadCredentials, errorPage+"parameter value not valid: the number was deleted or is not the token's"),
	provider.Code("100", provider.BadRequest, errorPage+"invalid parameter"),
	provider.Code("190", provider.BadCredentials, errorPage+"access token expired or invalid"),
	provider.Code("368", provider.Blocked, errorPage+"temporarily blocked for policy violations"),
	provider.Code("80007", provider.Throttled.After(5*time.Minute), errorPage+"rate limit of the business account"),
	provider.Code("2494100", provider.Transient, errorPage+"number under maintenance, as while it is moved"),
}

// cloudCodes are about the message and who it is for.
var cloudCodes = []provider.CodeRow{
	provider.Code("130429", provider.Throttled.After(5*time.Second), errorPage+"throughput reached"),
	provider.Code("130472", provider.Undeliverable, errorPage+"shopper is part of an experiment; this message will not arrive"),
	provider.Code("130497", provider.Undeliverable, errorPage+"business may not message this country"),
	provider.Code("131000", provider.Transient, errorPage+"something went wrong"),
	provider.Code("131005", provider.BadCredentials, errorPage+"access denied"),
	provider.Code("131008", provider.BadRequest, errorPage+"required parameter missing"),
	provider.Code("131009", provider.BadRequest, errorPage+"parameter value not valid"),
	provider.Code("131014", provider.Transient, community+"media URL not fetched (older)"),
	provider.Code("131016", provider.Transient, errorPage+"service unavailable"),
	provider.Code("131021", provider.BadRequest, errorPage+"recipient is the sender"),
	provider.Code("131026", provider.NoWhatsApp, errorPage+"undeliverable: no WhatsApp, an old app, or terms not accepted"),
	provider.Code("131030", provider.BadRequest, errorPage+"recipient not in the test number's list"),
	provider.Code("131031", provider.Blocked, errorPage+"account locked"),
	provider.Code("131037", provider.Blocked, errorPage+"display name not approved"),
	provider.Code("131042", provider.LowBalance, errorPage+"payment problem"),
	provider.Code("131044", provider.LowBalance, errorPage+"payment problem (calling)"),
	provider.Code("131045", provider.Blocked, errorPage+"certificate or registration of the number"),
	provider.Code("131047", provider.BadRequest, errorPage+"more than 24 hours since the shopper's last message"),
	provider.Code("131048", provider.Blocked.After(spamWait), errorPage+"spam rate limit of the number"),
	provider.Code("131049", provider.Undeliverable, errorPage+"kept back for a healthy ecosystem (marketing cap)"),
	provider.Code("131050", provider.OptedOut, errorPage+"shopper stopped marketing messages"),
	provider.Code("131051", provider.BadRequest, errorPage+"unsupported message type"),
	provider.Code("131052", provider.Transient, errorPage+"media download error"),
	provider.Code("131053", provider.Transient, errorPage+"media upload or fetch error"),
	provider.Code("131055", provider.BadRequest, errorPage+"method not allowed (marketing API)"),
	provider.Code("131056", provider.Throttled.After(6*time.Second), errorPage+"too many messages to this shopper"),
	provider.Code("131057", provider.Transient, errorPage+"number under maintenance, as while its throughput is raised"),
	provider.Code("131059", provider.BadRequest, community+"paging cursor expired; lists only"),
	provider.Code("131062", provider.BadRequest, community+"user id cannot be the recipient of this message"),
	provider.Code("131063", provider.BadTemplate, community+"marketing templates disabled on the Cloud API"),
	provider.Code("131064", provider.Blocked, community+"limited for wrongly classified templates"),
	provider.Code("135000", provider.BadRequest, errorPage+"generic user error"),
	provider.Code("137000", provider.BadRequest, community+"identity hash does not match"),
	provider.Code("139200", provider.Blocked, directive+"access blocked"),
}

// templateCodes are about templates and what fills them.
var templateCodes = []provider.CodeRow{
	provider.Code("132000", provider.BadTemplate, errorPage+"number of parameters does not match"),
	provider.Code("132001", provider.BadTemplate, errorPage+"template missing or not approved in the language"),
	provider.Code("132005", provider.BadTemplate, errorPage+"filled text too long"),
	provider.Code("132007", provider.BadTemplate, errorPage+"content policy violated"),
	provider.Code("132008", provider.BadRequest, community+"parameter value invalid"),
	provider.Code("132012", provider.BadTemplate, errorPage+"parameter format does not match"),
	provider.Code("132015", provider.TemplatePaused, errorPage+"template paused for low quality"),
	provider.Code("132016", provider.TemplatePaused, errorPage+"template disabled for low quality"),
	provider.Code("132018", provider.BadTemplate, errorPage+"template parameters not valid"),
	provider.Code("132068", provider.BadTemplate, errorPage+"flow blocked"),
	provider.Code("132069", provider.BadTemplate, errorPage+"flow throttled"),
	provider.Code("2046", provider.BadRequest, payments+"order status cannot follow the one before"),
	provider.Code("2047", provider.BadRequest, payments+"order cannot be cancelled any more"),
	// Only templates with payment need the terms, so only those wait.
	provider.Code("134011", provider.TemplatePaused, payments+"terms of payment not accepted"),
}

// numberCodes are about the number's registration and the marketing API.
var numberCodes = []provider.CodeRow{
	provider.Code("133000", provider.Blocked, errorPage+"an earlier deregistration is incomplete"),
	provider.Code("133004", provider.Transient, errorPage+"server temporarily unavailable"),
	provider.Code("133005", provider.BadRequest, errorPage+"two-step PIN does not match"),
	provider.Code("133006", provider.BadRequest, errorPage+"number needs verification"),
	provider.Code("133008", provider.BadRequest, errorPage+"too many PIN guesses"),
	provider.Code("133009", provider.BadRequest, errorPage+"PIN guessed too fast"),
	provider.Code("133010", provider.Blocked, errorPage+"number not registered"),
	provider.Code("133015", provider.BadRequest, errorPage+"number deleted too recently to be registered"),
	provider.Code("133016", provider.Throttled, errorPage+"registered and deregistered too often"),
	provider.Code("134100", provider.BadRequest, errorPage+"not a marketing message (marketing API)"),
	provider.Code("134101", provider.Transient, errorPage+"template being synchronised (marketing API)"),
	provider.Code("134102", provider.Transient, errorPage+"template, or this shopper, not available for the marketing API now"),
	provider.Code("141002", provider.Blocked, health+"business cannot send"),
}

// OnPremisesCodes are the codes of Meta's older API, which was run by businesses themselves. They come with its webhooks only.
var OnPremisesCodes = []provider.CodeRow{
	provider.Code("402", provider.LowBalance, onPrem+"payment problem"),
	provider.Code("408", provider.Undeliverable, onPrem+"pending for more than a day"),
	provider.Code("410", provider.Undeliverable, onPrem+"expired before it was delivered"),
	provider.Code("429", provider.Throttled, onPrem+"rate limit hit"),
	provider.Code("430", provider.Blocked, onPrem+"signature of the certificate does not match"),
	provider.Code("432", provider.Blocked, onPrem+"certificate does not match the number"),
	provider.Code("433", provider.Blocked, onPrem+"number unregistered"),
	provider.Code("470", provider.BadRequest, onPrem+"more than 24 hours since the shopper's last message"),
	provider.Code("471", provider.Blocked.After(spamWait), onPrem+"spam rate limit of the number"),
	provider.Code("472", provider.Undeliverable, onPrem+"shopper is part of an experiment"),
	provider.Code("500", provider.Transient, onPrem+"generic error"),
	provider.Code("501", provider.BadRequest, onPrem+"message type unknown"),
	provider.Code("1013", provider.NoWhatsApp, onPrem+"recipient is no WhatsApp user"),
	provider.Code("1026", provider.Undeliverable, onPrem+"recipient's app cannot show the message"),
}
