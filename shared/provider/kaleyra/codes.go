package kaleyra

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Codes of answers whose own code, "WA401" or "WA-401", has several meanings.
const (
	// CodeOtherVersion: the number was set up for version 1 of the API. No setting here mends that; Kaleyra moves numbers.
	CodeOtherVersion = "WA401_other_version"
	// CodeForeignNumber: the number is not in the account of the SID, or not approved.
	CodeForeignNumber = "WA401_foreign_number"
	// CodeNoAccess: the account may not use the API at all.
	CodeNoAccess = "WA401_no_access"
)

// codeRow is one error code of an answer or of a failed report.
type codeRow struct {
	// code is without hyphens.
	code  string
	means message.Failure
	// source is the table the row was taken from, with its own words for the code.
	source string
}

// causeRow tells the meanings of one code apart: by the name under which the error stands, and a part of its text in
// lower case.
type causeRow struct {
	code, key, text string
	// name is our code for it.
	name   string
	means  message.Failure
	source string
}

const (
	sample     = "requirement 003: "
	sendPage   = "developers.kaleyra.io/docs/whatsapp-api-v2-error-codes-for-send-message: "
	manage     = "developers.kaleyra.io/docs/whatsapp-api-v2-error-codes-for-template: "
	oldPage    = "developers.kaleyra.io/docs/whatsapp-error-codes: "
	cloudPage  = "developers.kaleyra.io/docs/cloud-api-error-codes: "
	retryAfter = 5 * time.Minute
	// dailyWait is ours: Kaleyra says neither when the day ends nor where. Four attempts a day find the new one.
	dailyWait = 6 * time.Hour
)

// accepted are the codes of success: requirement 003 has the second, the page of error codes the first.
var accepted = []string{"WA200", "WA202"}

// codeTables are searched in order.
var codeTables = [][]codeRow{kaleyraCodes, metaCodes}

var kaleyraCodes = []codeRow{
	{"RBC001", provider.BadCredentials, sample + "incorrect SID or API key"},
	{"WA401", provider.BadCredentials, sample + "number not in the account, API not available, or number of another version"},
	{"WA400", provider.BadRequest, sample + "incorrect payload format"},
	{"E110", provider.LowBalance, sample + "low balance"},
	{"WAV2101", provider.Throttled.After(dailyWait), sendPage + "daily limit of the account"},
	{"WA429", provider.Throttled.After(retryAfter), manage + "too many requests; three attempts after 5, 10 and 15 minutes"},
	{"WA500", provider.Transient.After(retryAfter), sendPage + "server error; three attempts after 5, 10 and 15 minutes"},
	{"E13001", provider.BadRequest, oldPage + "validation, of version 1"},
}

// causeRows are for answers only, matched in order; the texts are those of requirement 003.
var causeRows = []causeRow{
	{"WA401", "phone_number", "different version", CodeOtherVersion, provider.BadCredentials, sample + "401 unauthorized phone number version"},
	{"WA401", "phone_number", "does not belong", CodeForeignNumber, provider.BadCredentials, sample + "401 unauthorized phone number"},
	{"WA401", "account", "not available", CodeNoAccess, provider.Blocked, sample + "401 unauthorised account type"},
}

// metaCodes come in reports of numbers that are on version 2.
var metaCodes = []codeRow{
	{"0", provider.BadCredentials, cloudPage + "authentication failed"},
	{"1", provider.Transient, cloudPage + "unknown API error"},
	{"2", provider.Transient, cloudPage + "API service down"},
	{"3", provider.BadCredentials, cloudPage + "capability or permission missing"},
	{"4", provider.Throttled, cloudPage + "too many calls"},
	{"10", provider.BadCredentials, cloudPage + "permission not granted"},
	{"33", provider.BadRequest, cloudPage + "parameter value not valid"},
	{"100", provider.BadRequest, cloudPage + "invalid parameter"},
	{"190", provider.BadCredentials, cloudPage + "access token expired"},
	{"368", provider.Blocked, cloudPage + "temporarily blocked for policy violations"},
	{"80007", provider.Throttled, cloudPage + "rate limit of the business account"},
	{"130429", provider.Throttled, cloudPage + "throughput reached"},
	{"130472", provider.Undeliverable, cloudPage + "shopper is part of an experiment"},
	{"130497", provider.Blocked, cloudPage + "account may not write to that country"},
	{"131000", provider.Transient, cloudPage + "something went wrong"},
	{"131005", provider.BadCredentials, cloudPage + "access denied"},
	{"131008", provider.BadRequest, cloudPage + "required parameter missing"},
	{"131009", provider.BadRequest, cloudPage + "parameter value not valid"},
	{"131016", provider.Transient, cloudPage + "service unavailable"},
	{"131021", provider.Undeliverable, cloudPage + "recipient is the sender"},
	{"131026", provider.Undeliverable, cloudPage + "message undeliverable"},
	{"131030", provider.Undeliverable, cloudPage + "recipient is not in the list of a test number"},
	{"131031", provider.Blocked, cloudPage + "account locked"},
	{"131037", provider.Blocked, cloudPage + "display name not approved"},
	{"131042", provider.LowBalance, cloudPage + "payment problem"},
	{"131045", provider.Blocked, cloudPage + "number not registered"},
	{"131047", provider.BadRequest, cloudPage + "more than 24 hours since the shopper's last message"},
	{"131048", provider.Throttled, cloudPage + "spam rate limit of the number"},
	{"131049", provider.Undeliverable, cloudPage + "kept back for the shopper's sake (marketing cap)"},
	{"131050", provider.OptedOut, cloudPage + "shopper stopped marketing messages"},
	{"131051", provider.BadRequest, cloudPage + "unsupported message type"},
	{"131052", provider.BadRequest, cloudPage + "media download error"},
	{"131053", provider.BadRequest, cloudPage + "media upload error"},
	{"131056", provider.Throttled, cloudPage + "too many messages to this shopper"},
	{"131057", provider.Throttled, cloudPage + "account in maintenance"},
	{"132000", provider.BadTemplate, cloudPage + "number of parameters does not match"},
	{"132001", provider.BadTemplate, cloudPage + "template missing or not approved in the language"},
	{"132005", provider.BadTemplate, cloudPage + "filled text too long"},
	{"132007", provider.BadTemplate, cloudPage + "content policy violated"},
	{"132012", provider.BadTemplate, cloudPage + "parameter format does not match"},
	{"132015", provider.TemplatePaused, cloudPage + "template paused"},
	{"132016", provider.TemplatePaused, cloudPage + "template disabled for low quality"},
	{"132018", provider.BadTemplate, cloudPage + "parameter of a template not valid"},
	{"132068", provider.BadTemplate, cloudPage + "flow blocked"},
	{"132069", provider.BadTemplate, cloudPage + "flow throttled"},
	{"133004", provider.Transient, cloudPage + "server temporarily unavailable"},
	{"133010", provider.Blocked, cloudPage + "number not registered"},
	{"135000", provider.Transient, cloudPage + "generic user error"},
}

// spelled is a code as the tables have it: Kaleyra writes "WA401" and "WA-401".
func spelled(code string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(code), "-", ""))
}

// classify returns what a code means and whether a table has it; [provider.Unlisted] if none has. The failure's code is
// spelled as it came.
func classify(raw string) (message.Failure, bool) {
	code := spelled(raw)
	for _, table := range codeTables {
		for _, row := range table {
			if row.code == code {
				return row.means.Coded(raw), true
			}
		}
	}
	if len(code) == 3 && code[0] == '2' && strings.Trim(code, "0123456789") == "" {
		// The whole range is permissions of the app or the token, by Meta's table.
		return provider.BadCredentials.Coded(raw), true
	}

	return provider.Unlisted.Coded(raw), false
}
